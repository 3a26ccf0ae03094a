//! One template's revisions: source, and who runs which.

use leptos::prelude::*;

use crate::{
    Crumb, Moment, Page,
    components::{PageHeader, When},
    islands::CopyButton,
    routes,
};

/// A template's revisions.
#[derive(Clone, Debug, Default)]
pub struct TemplateRevisionsPage {
    /// "web-service".
    pub name: String,
    /// "Web service".
    pub title: String,
    /// One line.
    pub summary: String,
    /// Newest first.
    pub revisions: Vec<RevisionView>,
}

/// One revision.
#[derive(Clone, Debug, Default)]
pub struct RevisionView {
    /// "1.2.0".
    pub version: String,
    /// When it was published.
    pub published: Moment,
    /// SHA-256 of the source, in hex.
    pub hash: String,
    /// The YAML as it was published.
    pub source: String,
    /// Living stacks that run it: id, name, where and whose.
    pub stacks: Vec<(String, String, String)>,
}

impl Page for TemplateRevisionsPage {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn trail(&self) -> Vec<Crumb> {
        vec![Crumb::new("Templates", routes::TEMPLATES)]
    }

    fn view(self) -> AnyView {
        let catalogue = routes::template(&self.name);
        view! {
            <PageHeader title=self.title below=view! { <span>{self.summary}</span> }.into_any()
                actions=view! { <a class="button" href=catalogue>"In the catalogue"</a> }.into_any()/>
            {self.revisions.into_iter().enumerate().map(|(at, revision)| view(at == 0, revision)).collect_view()}
        }
        .into_any()
    }
}

fn view(is_latest: bool, revision: RevisionView) -> impl IntoView {
    let RevisionView { version, published, hash, source, stacks } = revision;
    let id = format!("revision-{}", version.replace('.', "-"));
    let heading = id.clone();
    let short: String = hash.chars().take(12).collect();
    let used = match stacks.len() {
        0 => "No stack runs it.".to_owned(),
        1 => "One stack runs it.".to_owned(),
        count => format!("{count} stacks run it."),
    };
    view! {
        <section class="section revision" aria-labelledby=id>
            <div class="section-head">
                <h2 id=heading>{version.clone()}{is_latest.then(|| view! { " "<span class="tag">"latest"</span> })}</h2>
                <span class="muted">"published "<When moment=published/></span>
            </div>
            <p class="muted">"Content hash "<code>{short}</code><CopyButton text=hash/></p>
            <p>{used}</p>
            {(!stacks.is_empty()).then(|| view! {
                <ul class="rows">
                    {stacks.into_iter().map(|(id, name, place)| view! {
                        <li class="row"><a class="row-link" href=routes::stack(&id)>{name}</a><span class="row-end muted">{place}</span></li>
                    }).collect_view()}
                </ul>
            })}
            <details class="source" open=is_latest>
                <summary>"Source"</summary>
                <pre tabindex="0" role="region" aria-label=format!("Source of revision {version}")><code>{source}</code></pre>
            </details>
        </section>
    }
}
