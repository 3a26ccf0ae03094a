//! One file per page: the struct that it shows, and how. Pages read top to bottom and decide nothing.

pub mod account;
pub mod api_docs;
pub mod audit;
pub mod catalogue;
pub mod errors;
pub mod home;
pub mod inbox;
pub mod request;
pub mod request_form;
pub mod requests;
pub mod run;
pub mod search;
pub mod set_up;
pub mod sign_in;
pub mod stack;
pub mod stack_destroy;
pub mod stacks;
pub mod template;
