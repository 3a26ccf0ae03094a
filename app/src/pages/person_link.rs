//! A link that lets one person in, shown once.

use leptos::prelude::*;

use crate::{
    Crumb, Moment, Page,
    components::{Banner, BannerTone, PageHeader, When},
    islands::CopyButton,
    routes,
};

/// The link.
#[derive(Clone, Debug, Default)]
pub struct PersonLinkPage {
    /// `usr-4T9QXN`.
    pub id: String,
    /// "Ada Lovelace".
    pub name: String,
    /// What they will sign in with.
    pub email: String,
    /// Whether they have an account with a password already.
    pub is_reset: bool,
    /// The whole address.
    pub link: String,
    /// Until when it works.
    pub until: Moment,
}

impl Page for PersonLinkPage {
    fn title(&self) -> String {
        let what = if self.is_reset { "New password for" } else { "Invitation for" };
        format!("{what} {}", self.name)
    }

    fn trail(&self) -> Vec<Crumb> {
        vec![Crumb::new("People", routes::PEOPLE), Crumb::new(self.name.clone(), routes::person(&self.id))]
    }

    fn view(self) -> AnyView {
        let heading = self.title();
        let until_then = if self.is_reset { " Until it is used, the old password works." } else { "" };
        view! {
            <PageHeader title=heading below=view! { <span>{self.email}</span> }.into_any()/>
            <div class="narrow">
                <Banner tone=BannerTone::Warning>
                    "This link is shown once. Whoever opens it first chooses the password, so send it to nobody else."
                </Banner>
                <p class="one-time-link"><code id="link">{self.link.clone()}</code><CopyButton text=self.link/></p>
                <p class="muted">"It works once, and ends "<When moment=self.until/>"."{until_then}</p>
                <p class="pager"><a class="button" href=routes::person(&self.id)>{format!("To {}", self.name)}</a></p>
            </div>
        }
        .into_any()
    }
}
