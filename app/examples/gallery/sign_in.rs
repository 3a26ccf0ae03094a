//! The doors: signing in, setting up, joining.

use std::io;

use gantry_app::{FieldError, pages::*};

use crate::{Gallery, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    gallery.bare(
        "sign-in",
        sign_in::SignInPage {
            email: text("ada@example.com"),
            error: Some(text("That e-mail and password do not go together.")),
            return_to: text("/inbox"),
            hints: vec![
                sign_in::SignInHint { email: text("dev@payments.example"), role: text("Developer in Payments") },
                sign_in::SignInHint { email: text("owner@payments.example"), role: text("Owner of Payments") },
            ],
        },
    )?;
    gallery.bare(
        "set-up",
        set_up::SetUpPage {
            token: text("one-time"),
            name: text("Ada Lovelace"),
            email: text("ada@example.com"),
            errors: vec![FieldError {
                path: text("password"),
                code: text("too_short"),
                message: text("A password needs at least 12 characters."),
            }],
        },
    )?;

    let join = |person: Option<(&str, &str)>, errors| join::JoinPage {
        token: text("sample"),
        person: person.map(|(name, email)| (text(name), text(email))),
        errors,
    };
    let weak = FieldError {
        path: text("password"),
        code: text("too-short"),
        message: text("A password needs at least 12 characters."),
    };
    let linus = Some(("Linus Pauling", "linus.pauling@example.com"));
    gallery.bare("join", join(linus, vec![weak]))?;
    gallery.bare("join-dead", join(None, vec![]))
}
