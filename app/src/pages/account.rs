//! One's own account: who one is here, and the tokens with which one's programs speak.

use leptos::prelude::*;

use crate::{
    FieldError, Moment, Page,
    components::{
        Banner, BannerTone, CsrfField, EmptyState, ErrorSummary, Icon, IconName, Message, PageHeader, Pager, Pages,
        PastTheEnd, When,
    },
    islands::CopyButton,
    routes,
};

/// Posts a new token to `routes::ACCOUNT_TOKENS`, and the end of one to `routes::account_token_revoke(id)`.
#[derive(Clone, Debug, Default)]
pub struct AccountPage {
    /// "Ada Lovelace".
    pub name: String,
    /// What one signs in with.
    pub email: String,
    /// Across teams: "Platform team"; nothing for most.
    pub role: Option<String>,
    /// "Payments", "Owner".
    pub teams: Vec<(String, String)>,
    /// A page of the reader's tokens.
    pub tokens: Vec<TokenRow>,
    /// How many there are on all pages.
    pub token_count: usize,
    /// The rest of them.
    pub pages: Pages,
    /// The token that was just made; this page is the only one that ever shows it.
    pub made: Option<MadeToken>,
    /// What can be picked for a new token, and what was picked.
    pub scopes: Vec<ScopeChoice>,
    /// The name that was typed.
    pub token_name: String,
    /// The days that were picked.
    pub token_days: u32,
    /// By field: `name`, `scopes`, `days`; empty path for the whole.
    pub errors: Vec<FieldError>,
}

/// A token.
#[derive(Clone, Debug, Default)]
pub struct TokenRow {
    /// `tok-4T9QXN`.
    pub id: String,
    /// "Deploys from CI".
    pub name: String,
    /// How its text begins.
    pub prefix: String,
    /// "read", "request".
    pub scopes: Vec<String>,
    /// When it was last used; nothing if never.
    pub used: Option<Moment>,
    /// When it ends, or ended.
    pub expires: Moment,
    /// Whether that is over.
    pub expired: bool,
}

/// What can be picked.
#[derive(Clone, Debug, Default)]
pub struct ScopeChoice {
    /// "read".
    pub value: String,
    /// What it lets a program do.
    pub help: String,
    /// Whether it is picked.
    pub picked: bool,
}

/// A token with its text.
#[derive(Clone, Debug, Default)]
pub struct MadeToken {
    /// "Deploys from CI".
    pub name: String,
    /// All of it.
    pub text: String,
}

/// How long a token may be asked to last.
const DAYS: [(u32, &str); 4] = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "One year")];

impl Page for AccountPage {
    fn title(&self) -> String {
        "Your account".into()
    }

    fn view(self) -> AnyView {
        let count = self.token_count;
        view! {
            <PageHeader title="Your account"/>
            {self.made.map(made)}
            <section class="section" aria-labelledby="person-heading">
                <h2 id="person-heading">"Who you are here"</h2>
                <dl class="outputs">
                    <div><dt>"Name"</dt><dd>{self.name}</dd></div>
                    <div><dt>"E-mail"</dt><dd>{self.email}</dd></div>
                    {self.role.map(|role| view! { <div><dt>"Across teams"</dt><dd>{role}</dd></div> })}
                    <div><dt>"Teams"</dt><dd>{teams(self.teams)}</dd></div>
                </dl>
            </section>
            <section class="section" aria-labelledby="tokens-heading">
                <h2 id="tokens-heading">"API tokens"{(count > 0).then(|| view! { <span class="count">{count}</span> })}</h2>
                <p class="section-text">
                    "A token lets a program do what you may do, and no more than you allow it. Send it as "
                    <code>"Authorization: Bearer gty_…"</code>". What can be asked is in the "
                    <a href=routes::API_DOCS>"reference of the API"</a>"."
                </p>
                {if count == 0 {
                    view! { <EmptyState icon=IconName::Lock title="No tokens" text="Make one below when a program should work for you: a pipeline that deploys, a script that lists stacks."/> }.into_any()
                } else if self.tokens.is_empty() {
                    view! { <PastTheEnd/> }.into_any()
                } else {
                    token_table(self.tokens).into_any()
                }}
                <Pager pages=self.pages first="Newest" next="Older"/>
            </section>
            <section class="section" aria-labelledby="new-heading">
                <h2 id="new-heading">"New token"</h2>
                {new_token(self.token_name, self.token_days, self.scopes, self.errors)}
            </section>
        }
        .into_any()
    }
}

fn made(made: MadeToken) -> impl IntoView {
    view! {
        <Banner tone=BannerTone::Success announce=true>
            <p><strong>{format!("Copy the token {} now. ", made.name)}</strong>"It is not kept, so nobody can show it to you again."</p>
            <p class="token-text"><code>{made.text.clone()}</code><CopyButton text=made.text/></p>
        </Banner>
    }
}

fn teams(teams: Vec<(String, String)>) -> AnyView {
    if teams.is_empty() {
        return view! { <span class="muted">"None yet. Owners of a team and administrators take people in."</span> }
            .into_any();
    }
    view! {
        <ul class="plain-list">
            {teams.into_iter().map(|(team, role)| view! { <li>{team}<span class="muted">{format!(" · {role}")}</span></li> }).collect_view()}
        </ul>
    }
    .into_any()
}

fn token_table(tokens: Vec<TokenRow>) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Table of tokens">
            <table class="table" data-cards="true">
                <thead><tr>
                    <th scope="col">"Token"</th>
                    <th scope="col">"May"</th>
                    <th scope="col">"Last used"</th>
                    <th scope="col">"Ends"</th>
                    <th scope="col"><span class="visually-hidden">"Revoke"</span></th>
                </tr></thead>
                <tbody>
                    {tokens.into_iter().map(|token| view! {
                        <tr>
                            <th scope="row"><span>{token.name.clone()}<code class="row-id">{format!("{}…", token.prefix)}</code></span></th>
                            <td data-label="May">{token.scopes.join(", ")}</td>
                            <td data-label="Last used" class="muted">{token.used.map_or_else(|| "never".into_any(), |used| view! { <When moment=used/> }.into_any())}</td>
                            <td data-label="Ends" class="muted"><span>{token.expired.then_some("ended ")}<When moment=token.expires/></span></td>
                            <td class="number">
                                <form method="post" action=routes::account_token_revoke(&token.id)>
                                    <CsrfField/>
                                    <button class="button button-small" aria-label=format!("Revoke {}", token.name)>"Revoke"</button>
                                </form>
                            </td>
                        </tr>
                    }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

fn new_token(name: String, days: u32, scopes: Vec<ScopeChoice>, errors: Vec<FieldError>) -> impl IntoView {
    let wrong = |path: &str| {
        let own: Vec<String> =
            errors.iter().filter(|error| error.path == path).map(|error| error.message.clone()).collect();
        (!own.is_empty()).then(|| own.join(" "))
    };
    let (wrong_name, wrong_scopes, wrong_days) = (wrong("name"), wrong("scopes"), wrong("days"));
    let invalid = |wrong: &Option<String>| wrong.is_some().then_some("true");
    view! {
        <form class="token-form stacked-form" method="post" action=routes::ACCOUNT_TOKENS>
            <CsrfField/>
            <ErrorSummary errors=errors.clone()/>
            <div class="field">
                <label class="field-label" for="field-name">"What is it for?"</label>
                <input class="input" type="text" id="field-name" name="name" value=name maxlength="60" autocomplete="off" aria-required="true"
                    placeholder="Deploys from CI" aria-describedby="error-name" aria-invalid=invalid(&wrong_name)/>
                <p class="field-error" id="error-name">{wrong_name.map(|text| view! { <Message text=text/> })}</p>
            </div>
            <fieldset class="field" id="field-scopes" tabindex="-1" aria-describedby="error-scopes">
                <legend class="field-label">"What may it do?"</legend>
                <div class="cards">
                    {scopes.into_iter().map(|scope| view! {
                        <label class="card-choice">
                            <input type="checkbox" name="scopes" value=scope.value.clone() checked=scope.picked/>
                            <span class="card-label">{scope.value}</span>
                            <span class="card-help">{scope.help}</span>
                        </label>
                    }).collect_view()}
                </div>
                <p class="field-error" id="error-scopes">{wrong_scopes.map(|text| view! { <Message text=text/> })}</p>
            </fieldset>
            <div class="field">
                <label class="field-label" for="field-days">"How long does it last?"</label>
                <select class="input select" id="field-days" name="days" aria-describedby="error-days" aria-invalid=invalid(&wrong_days)>
                    {DAYS.into_iter().map(|(own, label)| view! { <option value=own.to_string() selected=own == days>{label}</option> }).collect_view()}
                </select>
                <p class="field-error" id="error-days">{wrong_days.map(|text| view! { <Message text=text/> })}</p>
            </div>
            <div class="form-actions">
                <button class="button" data-tone="primary"><Icon name=IconName::Plus/>"Make the token"</button>
            </div>
        </form>
    }
}
