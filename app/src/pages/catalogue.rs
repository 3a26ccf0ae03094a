//! The catalogue: what a team can ask for.

/// Posts nothing; the search is `?q=`.
#[derive(Clone, Debug, Default)]
pub struct CataloguePage {
    /// What was searched for.
    pub query: String,
    /// Templates that match.
    pub cards: Vec<TemplateCard>,
}

/// One template on the shelf.
#[derive(Clone, Debug, Default)]
pub struct TemplateCard {
    /// "web-service".
    pub name: String,
    /// "Web service".
    pub title: String,
    /// One or two sentences.
    pub summary: String,
    /// Name of a glyph: "cluster", "service"; anything else shows the general one.
    pub icon: String,
    /// "Platform".
    pub owner: String,
    /// "stable", "beta".
    pub maturity: String,
    /// "about 4 min"; nothing when unknown.
    pub typical_time: Option<String>,
    /// "from $35 a month"; nothing when unknown.
    pub typical_cost: Option<String>,
    /// What one gets: "Load balancer", "ECS service", "Log group".
    pub gives: Vec<String>,
}
