//! The one crate that knows the AWS SDK: it implements the port [`provisioner::cloud`] with one file of verbs per
//! resource kind (`kinds/`), signs in to accounts ([`clouds`]) and decides, in one place, what an error means (`error`).
//!
//! The SDK's own retries are off: a verb makes each call once and classifies its error; the runner decides.

pub mod clouds;
#[cfg(feature = "testing")]
pub mod testing;

pub mod pace;
pub mod policy;

#[cfg(any(test, feature = "testing"))]
mod authorise;
mod cloud;
mod error;
mod inventory;
mod kinds;
mod ownership;
mod session;
mod together;

pub use self::{
    cloud::AwsCloud,
    clouds::{AwsClouds, AwsOptions, Greeting, Identity},
};
