//! Tokens with which a person's programs speak for them, and answers that programs are given twice.

mod answer_once;
mod create_token;
mod list_tokens;
mod revoke_token;
mod use_token;

pub use self::{
    answer_once::{Turn, UNKNOWN_AFTER_SECONDS},
    create_token::{CreatedToken, NewToken},
    use_token::Caller,
};
