//! Pages for when something is not as wished, each with the next thing to do.

/// 403: signed in, and not allowed.
#[derive(Clone, Debug, Default)]
pub struct ForbiddenPage {
    /// "Only owners of Payments may see this stack."
    pub why: String,
}

/// 404.
#[derive(Clone, Debug, Default)]
pub struct NotFoundPage {
    /// What was looked for: "req-7F3K2M"; empty when unknown.
    pub what: String,
}

/// 500: our fault.
#[derive(Clone, Debug, Default)]
pub struct InternalErrorPage {
    /// What to tell the people who run Gantry.
    pub reference: String,
}

/// Any other refusal: a conflict, an expired form, a database that is away.
#[derive(Clone, Debug, Default)]
pub struct ErrorPage {
    /// "Somebody else was faster".
    pub heading: String,
    /// What happened.
    pub what: String,
    /// What the reader can do.
    pub next: String,
    /// A link to go on with: label and address.
    pub link: Option<(String, String)>,
}
