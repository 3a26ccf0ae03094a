//! Search as a page: what the palette does, without scripts.

use leptos::prelude::*;

use crate::{
    Page, SearchItem, SearchResult,
    assets::sprite,
    components::{CsrfField, EmptyState, Icon, IconName, PageHeader},
    routes,
};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct SearchPage {
    /// What was searched for, and what that found.
    pub result: SearchResult,
}

impl Page for SearchPage {
    fn title(&self) -> String {
        "Search".into()
    }

    fn view(self) -> AnyView {
        let SearchResult { query, groups } = self.result;
        let nothing = groups.is_empty();
        view! {
            <PageHeader title="Search"/>
            <form class="search" role="search" method="get" action=routes::SEARCH>
                <label class="visually-hidden" for="q">"Search everything"</label>
                <Icon name=IconName::Search/>
                <input class="input" type="search" id="q" name="q" value=query.clone() autofocus placeholder="A stack, a request, a person, a page…"/>
            </form>
            {nothing.then(|| view! {
                <EmptyState icon=IconName::Search title=format!("Nothing is called “{query}”")
                    text="Try fewer letters, a name, or the short id of a request, run or stack. What other teams own is not shown."/>
            })}
            {groups.into_iter().enumerate().map(|(at, group)| {
                let heading = format!("found-{at}");
                let by_heading = heading.clone();
                view! {
                    <section class="section" aria-labelledby=by_heading>
                        <h2 id=heading>{group.title}</h2>
                        <ul class="rows">{group.items.into_iter().map(row).collect_view()}</ul>
                    </section>
                }
            }).collect_view()}
        }
        .into_any()
    }
}

fn row(item: SearchItem) -> impl IntoView {
    let SearchItem { title, detail, icon, to, post } = item;
    let picture = view! { <svg class="icon" width="16" height="16" aria-hidden="true"><use href=format!("{}#{icon}", sprite())></use></svg> };
    let what = match post {
        None => view! { <a class="row-link" href=to>{title}</a> }.into_any(),
        Some(fields) => view! {
            <form method="post" action=to>
                <CsrfField/>
                {fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
                <button class="row-link">{title}</button>
            </form>
        }
        .into_any(),
    };
    view! { <li class="row found">{picture}{what}<span class="row-end muted">{detail}</span></li> }
}
