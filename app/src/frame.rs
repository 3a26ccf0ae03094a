//! What stands around every page.

use crate::Head;

/// The token that every form carries back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Csrf(pub String);

/// Where the reader is, in the rail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NavItem {
    /// Nowhere in particular.
    #[default]
    Nowhere,
    /// Home.
    Home,
    /// Catalogue.
    Catalogue,
    /// Stacks.
    Stacks,
    /// Requests.
    Requests,
    /// Inbox.
    Inbox,
    /// Audit.
    Audit,
    /// Teams.
    Teams,
    /// Environments.
    Environments,
    /// Templates, for those who manage them.
    Templates,
    /// People.
    People,
}

/// A team that the reader may look through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamLink {
    /// `team-...`
    pub id: String,
    /// "Payments"
    pub name: String,
}

/// What happened to the reader's last action; shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flash {
    /// It worked.
    Done(String),
    /// It did not, and why.
    Refused(String),
    /// Something to know.
    Note(String),
}

/// What a page shows, and how it knows that it is old: it is fetched anew when the event stream tells another mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Follows {
    /// `requests`, `req-7F3K2M`.
    pub topic: String,
    /// The topic's mark, read before the content was.
    pub mark: String,
    /// What the reader looks at and decides about: a plan's seal. While it is the same the page is kept up to date in
    /// place; another one is announced, and shown when the reader asks for it.
    pub guard: String,
}

/// All that the frame of a signed-in page needs.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// `usr-9G2KQ4`.
    pub user_id: String,
    /// What the document's head loads.
    pub head: Head,
    /// "Ada Lovelace".
    pub user_name: String,
    /// "AL"; made from the name when empty.
    pub user_initials: String,
    /// "Developer in Payments", "Platform".
    pub user_role: String,
    /// Team whose things are shown; nothing for people across teams.
    pub team: Option<TeamLink>,
    /// Teams to switch to.
    pub teams: Vec<TeamLink>,
    /// Whether the reader belongs to the platform team.
    pub is_platform: bool,
    /// Whether the reader may read the history.
    pub may_audit: bool,
    /// Which of teams, environments, templates and people the reader may open, in that order.
    pub administration: Vec<NavItem>,
    /// Decisions that wait for the reader.
    pub inbox_count: u32,
    /// Where the reader is.
    pub active: NavItem,
    /// Token for forms.
    pub csrf: String,
    /// Path and query of this page, to come back to after switching the team.
    pub here: String,
    /// What happened last.
    pub flash: Option<Flash>,
    /// What of the page changes while one looks.
    pub follows: Option<Follows>,
}

impl Frame {
    pub(crate) fn initials(&self) -> String {
        if self.user_initials.is_empty() { initials(&self.user_name) } else { self.user_initials.clone() }
    }
}

/// First letters of the first and last word of a name.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.last().and_then(|word| word.chars().next());
    [first, last].into_iter().flatten().flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_take_the_first_and_last_word() {
        assert_eq!(initials("Ada King Lovelace"), "AL");
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials(""), "");
    }
}
