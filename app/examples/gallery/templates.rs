//! Templates, for those who look after them.

use std::io;

use gantry_app::{NavItem, pages::*};

use crate::{Gallery, HYPHENATED, UNBROKEN, ago, hundred, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    let row = |name: &str, title: &str, revisions, stacks, behind| templates::TemplateRow {
        name: name.into(),
        title: title.into(),
        version: text("1.2.0"),
        published: ago(9_000),
        revisions,
        stacks,
        behind,
    };
    let rows = vec![row("fargate-cluster", "Fargate cluster", 1, 4, 0), row("web-service", "Web service", 3, 42, 7)];
    gallery.page("templates", NavItem::Templates, templates::TemplatesPage { rows: rows.clone() })?;
    let listed = |rows| templates::TemplatesPage { rows };
    gallery.page("templates-none", NavItem::Templates, listed(vec![]))?;
    gallery.page("templates-one", NavItem::Templates, listed(rows[..1].to_vec()))?;
    gallery.page("templates-hundred", NavItem::Templates, listed(hundred(&rows)))?;
    let long = vec![row(UNBROKEN, UNBROKEN, 104, 1_204, 988), row(HYPHENATED, HYPHENATED, 1, 0, 0)];
    gallery.page_long("templates-long", NavItem::Templates, listed(long))?;
    let revision = |version: &str, stacks: &[(&str, &str)]| template_revisions::RevisionView {
        version: version.into(),
        published: ago(9_000),
        hash: "5c0f9a1be2d4".repeat(5),
        source: text(
            "name: web-service\nversion: 1.2.0\ntitle: Web service\ninputs:\n  - name: image\n    type: image\n",
        ),
        stacks: stacks.iter().map(|(name, place)| (format!("stk-{name}"), text(name), text(place))).collect(),
    };
    let page = template_revisions::TemplateRevisionsPage {
        name: text("web-service"),
        title: text("Web service"),
        summary: text("A container behind HTTPS."),
        revisions: vec![
            revision("1.2.0", &[("orders", "production · Payments"), ("shop", "staging · Storefront")]),
            revision("1.1.0", &[]),
        ],
    };
    gallery.page("template-revisions", NavItem::Templates, page.clone())?;
    let many = template_revisions::TemplateRevisionsPage { revisions: hundred(&page.revisions), ..page };
    gallery.page("template-revisions-hundred", NavItem::Templates, many)?;
    let long = template_revisions::TemplateRevisionsPage {
        name: text(UNBROKEN),
        title: text(HYPHENATED),
        summary: text(UNBROKEN),
        revisions: vec![revision("1.20.300-candidate.4", &[(UNBROKEN, UNBROKEN), (HYPHENATED, HYPHENATED)])],
    };
    gallery.page_long("template-revisions-long", NavItem::Templates, long)
}
