//! Templates, for those who look after them.

use leptos::prelude::*;

use crate::{
    Moment, Page,
    components::{EmptyState, IconName, PageHeader, Table, When},
    document::Breadth,
    routes,
};

/// Templates.
#[derive(Clone, Debug, Default)]
pub struct TemplatesPage {
    /// By name.
    pub rows: Vec<TemplateRow>,
}

/// One template.
#[derive(Clone, Debug, Default)]
pub struct TemplateRow {
    /// "web-service".
    pub name: String,
    /// "Web service".
    pub title: String,
    /// The latest revision: "1.2.0".
    pub version: String,
    /// When that was published.
    pub published: Moment,
    /// How many revisions there are.
    pub revisions: usize,
    /// How many living stacks there are.
    pub stacks: usize,
    /// How many of them run an older revision.
    pub behind: usize,
}

impl Page for TemplatesPage {
    fn title(&self) -> String {
        "Templates".into()
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        view! {
            <PageHeader title="Templates"
                below=view! { "What teams can ask for. A published revision is never changed: a stack keeps the one it was made from." }.into_any()/>
            {if self.rows.is_empty() {
                view! {
                    <EmptyState icon=IconName::Template title="No templates yet" text="The built-in ones are published when Gantry starts."/>
                }.into_any()
            } else {
                table(self.rows).into_any()
            }}
        }
        .into_any()
    }
}

fn table(rows: Vec<TemplateRow>) -> impl IntoView {
    view! {
        <Table label="Table of templates" heads=vec![("Template", ""), ("Latest revision", ""), ("Revisions", "number"), ("Stacks", "number"), ("On an older revision", "number")] cards=true>
            {rows.into_iter().map(|row| view! {
                <tr>
                    <th scope="row"><span><a class="row-link" href=routes::template_revisions(&row.name)>{row.title}</a><span class="row-id">{row.name}</span></span></th>
                    <td data-label="Latest revision"><span>{row.version}<span class="row-id"><When moment=row.published/></span></span></td>
                    <td data-label="Revisions" class="number">{row.revisions}</td>
                    <td data-label="Stacks" class="number">{row.stacks}</td>
                    <td data-label="On an older revision" class="number">{row.behind}</td>
                </tr>
            }).collect_view()}
        </Table>
    }
}
