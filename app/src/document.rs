//! The document around every page: head, rail, top bar, page.

use leptos::{prelude::*, reactive::owner::Owner};

use crate::{
    Assets, Csrf, Flash, Frame, Head, NavItem, TeamLink,
    components::{Avatar, Banner, BannerTone, CraneMark, CsrfField, Icon, IconName, Message},
    islands::{InboxCount, LiveTab, LocaliseTimes, Palette},
    routes,
};

/// One step of the way to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// "Catalogue"
    pub label: String,
    /// Where it leads.
    pub href: String,
}

impl Crumb {
    /// A step of the way.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// How wide the content may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Breadth {
    /// Reading and forms: 1200 px at most.
    #[default]
    Reading,
    /// Tables and graphs: all there is.
    Wide,
}

/// A page that can be put into the document.
pub trait Page: Sized {
    /// For the window's title.
    fn title(&self) -> String;

    /// The way here, without the page itself.
    fn trail(&self) -> Vec<Crumb> {
        Vec::new()
    }

    /// How wide it is.
    fn breadth(&self) -> Breadth {
        Breadth::Reading
    }

    /// Its content.
    fn view(self) -> AnyView;
}

/// The whole document for somebody who is signed in.
pub fn render(frame: Frame, page: impl Page) -> String {
    let owner = Owner::new();
    let html = owner.with(|| {
        let head = frame.head.clone();
        provide_context(head.clone());
        provide_context(Csrf(frame.csrf.clone()));
        let title = page.title();
        let trail = page.trail();
        let breadth = page.breadth();
        let body = framed(frame, title.clone(), trail, breadth, page.view());
        document(head, title, body).to_html()
    });
    owner.cleanup();
    html
}

/// The whole document for somebody who is not signed in: a page in the middle of an empty canvas.
pub fn render_bare(head: Head, csrf: String, flash: Option<Flash>, page: impl Page) -> String {
    let owner = Owner::new();
    let html = owner.with(|| {
        provide_context(head.clone());
        provide_context(Csrf(csrf));
        let title = page.title();
        let body = view! {
            <body class="bare">
                <main id="content" class="bare-main">
                    <p class="bare-brand"><CraneMark/>"Gantry"</p>
                    {flash.map(flash_banner)}
                    {page.view()}
                </main>
                <LocaliseTimes/>
            </body>
        }
        .into_any();
        document(head, title, body).to_html()
    });
    owner.cleanup();
    html
}

fn document(head: Head, title: String, body: AnyView) -> impl IntoView {
    let Head { assets, nonce } = head;
    let Assets { style, boot, module, wasm, icons, favicon, font } = (*assets).clone();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-icons=icons>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#f6f6f7" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#0d0e10" media="(prefers-color-scheme: dark)"/>
                <title>{format!("{title} · Gantry")}</title>
                <link rel="icon" href=favicon type="image/svg+xml"/>
                <link rel="preload" href=font r#as="font" r#type="font/woff2" crossorigin="anonymous"/>
                <link rel="stylesheet" href=style/>
                <script type="module" id="boot" src=boot nonce=nonce data-module=module data-wasm=wasm></script>
            </head>
            {body}
        </html>
    }
}

fn framed(frame: Frame, title: String, trail: Vec<Crumb>, breadth: Breadth, page: AnyView) -> AnyView {
    let initials = frame.initials();
    let Frame {
        user_id,
        user_name,
        user_role,
        csrf,
        team,
        teams,
        may_audit,
        administration,
        inbox_count,
        active,
        here,
        flash,
        follows,
        ..
    } = frame;
    let follows = follows.unwrap_or_default();
    let breadth = match breadth {
        Breadth::Reading => "content",
        Breadth::Wide => "content content-wide",
    };
    view! {
        <body class="framed">
            <a class="skip-link" href="#content">"Skip to content"</a>
            <header class="rail">
                <a class="brand" href=routes::HOME aria-label="Gantry, home"><CraneMark/><span>"Gantry"</span></a>
                {team_switcher(team, teams, here)}
                {rail_links(active, inbox_count, may_audit, &administration)}
            </header>
            <div class="sheet">
                <div class="top-bar">
                    {breadcrumb(trail, title)}
                    <div class="top-end">
                        <Palette csrf=csrf person=user_id/>
                        {account_menu(user_name, user_role, initials)}
                    </div>
                </div>
                <main id="content" class=breadth tabindex="-1">
                    {flash.map(flash_banner)}
                    <div id="live" data-topic=follows.topic data-mark=follows.mark data-guard=follows.guard>{page}</div>
                </main>
            </div>
            <LiveTab/>
            <LocaliseTimes/>
        </body>
    }
    .into_any()
}

fn flash_banner(flash: Flash) -> impl IntoView {
    let (tone, text) = match flash {
        Flash::Done(text) => (BannerTone::Success, text),
        Flash::Refused(text) => (BannerTone::Danger, text),
        Flash::Note(text) => (BannerTone::Note, text),
    };
    view! { <Banner tone=tone announce=true><Message text=text/></Banner> }
}

fn team_switcher(team: Option<TeamLink>, teams: Vec<TeamLink>, here: String) -> Option<AnyView> {
    let team = team?;
    let others: Vec<TeamLink> = teams.into_iter().filter(|one| one.id != team.id).collect();
    if others.is_empty() {
        return Some(
            view! {
                <p class="team-name"><span class="team-square" aria-hidden="true">{first_letter(&team.name)}</span><span>{team.name}</span></p>
            }
            .into_any(),
        );
    }
    Some(
        view! {
            <details class="menu team-switcher">
                <summary>
                    <span class="team-square" aria-hidden="true">{first_letter(&team.name)}</span>
                    <span class="team-label">{team.name}</span>
                    <Icon name=IconName::UpDown/>
                </summary>
                <form class="menu-panel" method="post" action=routes::SWITCH_TEAM>
                    <CsrfField/>
                    <input type="hidden" name="return_to" value=here/>
                    <p class="menu-title">"Switch team"</p>
                    {others.into_iter().map(|one| view! {
                        <button class="menu-item" name="team" value=one.id>{one.name}</button>
                    }).collect_view()}
                </form>
            </details>
        }
        .into_any(),
    )
}

fn first_letter(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_uppercase).collect()
}

/// What the phone's bottom bar shows itself; the rest is behind "More".
fn rail_links(active: NavItem, inbox_count: u32, may_audit: bool, administration: &[NavItem]) -> impl IntoView + use<> {
    let link = move |item: NavItem, href: &'static str, icon: IconName, label: &'static str| {
        let current = (active == item).then_some("page");
        view! {
            <li>
                <a class="rail-link" href=href aria-current=current>
                    <Icon name=icon/><span>{label}</span>
                    {(item == NavItem::Inbox).then(|| view! { <InboxCount count=inbox_count/> })}
                </a>
            </li>
        }
    };
    let managed = |item: &NavItem| match item {
        NavItem::Teams => Some(link(NavItem::Teams, routes::TEAMS, IconName::Team, "Teams")),
        NavItem::Environments => {
            Some(link(NavItem::Environments, routes::ENVIRONMENTS, IconName::Place, "Environments"))
        }
        NavItem::Templates => Some(link(NavItem::Templates, routes::TEMPLATES, IconName::Template, "Templates")),
        NavItem::People => Some(link(NavItem::People, routes::PEOPLE, IconName::Person, "People")),
        _ => None,
    };
    let managed = || administration.iter().filter_map(managed).collect_view();
    let more_current = matches!(active, NavItem::Requests | NavItem::Audit) || administration.contains(&active);
    view! {
        <nav class="rail-nav" aria-label="Main">
            <ul>
                {link(NavItem::Home, routes::HOME, IconName::Home, "Home")}
                {link(NavItem::Catalogue, routes::CATALOGUE, IconName::Shelf, "Catalogue")}
                {link(NavItem::Stacks, routes::STACKS, IconName::Stack, "Stacks")}
                {link(NavItem::Inbox, routes::INBOX, IconName::Inbox, "Inbox")}
            </ul>
            <ul class="rail-second">
                {link(NavItem::Requests, routes::REQUESTS, IconName::Request, "Requests")}
                {may_audit.then(|| link(NavItem::Audit, routes::AUDIT, IconName::Audit, "Audit"))}
            </ul>
            {(!administration.is_empty()).then(|| view! { <ul class="rail-second rail-managed">{managed()}</ul> })}
            <details class="menu rail-more">
                <summary class="rail-link" data-current=more_current.then_some("true")><Icon name=IconName::More/><span>"More"</span></summary>
                <ul class="menu-panel">
                    {link(NavItem::Requests, routes::REQUESTS, IconName::Request, "Requests")}
                    {may_audit.then(|| link(NavItem::Audit, routes::AUDIT, IconName::Audit, "Audit"))}
                    {managed()}
                </ul>
            </details>
        </nav>
    }
}

fn breadcrumb(trail: Vec<Crumb>, title: String) -> impl IntoView {
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>
                {trail.into_iter().map(|crumb| view! {
                    <li><a href=crumb.href>{crumb.label}</a><Icon name=IconName::Chevron/></li>
                }).collect_view()}
                <li aria-current="page">{title}</li>
            </ol>
        </nav>
    }
}

fn account_menu(name: String, role: String, initials: String) -> impl IntoView {
    view! {
        <details class="menu account">
            <summary aria-label=format!("Account of {name}")><Avatar initials=initials/></summary>
            <div class="menu-panel">
                <p class="menu-person"><strong>{name}</strong><span>{role}</span></p>
                <a class="menu-item" href=routes::ACCOUNT><Icon name=IconName::Person/>"Your account"</a>
                <form method="post" action=routes::SIGN_OUT>
                    <CsrfField/>
                    <button class="menu-item"><Icon name=IconName::SignOut/>"Sign out"</button>
                </form>
            </div>
        </details>
    }
}
