//! One environment: what it is, how full it is, whether it works.

use leptos::prelude::*;

use super::home::Activity;
use crate::{
    Crumb, Page, Status,
    components::{ActivityList, CsrfField, ObjectId, PageHeader, StatusBadge},
    routes,
};

/// Posts nothing but the token to `routes::environment_check(id)`.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentPage {
    /// `env-4T9QXN`.
    pub id: String,
    /// "production".
    pub name: String,
    /// One line.
    pub summary: String,
    /// Whether nothing new may be asked for.
    pub closed: bool,
    /// Whether the reader may check and change it.
    pub may_manage: bool,
    /// What came of a check that was just made.
    pub findings: Vec<FindingRow>,
    /// How full it is.
    pub gauges: Vec<Gauge>,
    /// Settings in groups: heading, then names and values. What stands for machines is marked.
    pub groups: Vec<(String, Vec<Setting>)>,
    /// What was done about it.
    pub history: Vec<Activity>,
}

/// One check.
#[derive(Clone, Debug, Default)]
pub struct FindingRow {
    /// "Private subnets".
    pub title: String,
    /// What came of it.
    pub status: Status,
    /// "Passed", "Missing", "Could not be asked".
    pub word: String,
    /// What was found.
    pub found: String,
    /// What to do; empty where all is well.
    pub remedy: String,
}

/// How much of something is taken.
#[derive(Clone, Debug, Default)]
pub struct Gauge {
    /// "Stacks".
    pub label: String,
    /// "3 of 10".
    pub text: String,
    /// From 0 to 100; nothing where there is no cap.
    pub percent: Option<u32>,
}

/// One setting.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// "VPC".
    pub label: String,
    /// One value a line.
    pub values: Vec<String>,
    /// Whether it is for machines: ids, ARNs.
    pub code: bool,
}

impl Page for EnvironmentPage {
    fn title(&self) -> String {
        self.name.clone()
    }

    fn trail(&self) -> Vec<Crumb> {
        vec![Crumb::new("Environments", routes::ENVIRONMENTS)]
    }

    fn view(self) -> AnyView {
        let check = routes::environment_check(&self.id);
        let change = routes::environment_change(&self.id);
        let actions = self.may_manage.then(|| {
            view! {
                <form method="post" action=check><CsrfField/><button class="button">"Check"</button></form>
                <a class="button" data-tone="primary" href=change>"Change"</a>
            }
        });
        view! {
            <PageHeader title=self.name
                beside=self.closed.then(|| view! { <span class="tag">"closed for new stacks"</span> }).into_any()
                below=view! { <span>{self.summary}</span><ObjectId id=self.id/> }.into_any()
                actions=actions.into_any()/>
            {(!self.findings.is_empty()).then(|| findings(self.findings))}
            <dl class="gauges">
                {self.gauges.into_iter().map(|gauge| view! {
                    <div>
                        <dt>{gauge.label.clone()}</dt>
                        <dd>{gauge.text}</dd>
                        {gauge.percent.map(|percent| view! {
                            <dd><meter min="0" max="100" low="80" high="95" optimum="0" value=percent aria-label=format!("{} taken, in percent", gauge.label)></meter></dd>
                        })}
                    </div>
                }).collect_view()}
            </dl>
            {self.groups.into_iter().map(|(heading, settings)| view! {
                <section class="section">
                    <h2>{heading}</h2>
                    <dl class="outputs">
                        {settings.into_iter().map(|setting| view! {
                            <div>
                                <dt>{setting.label}</dt>
                                <dd class="setting-values">
                                    {setting.values.into_iter().map(|value| if setting.code {
                                        view! { <code>{value}</code> }.into_any()
                                    } else {
                                        view! { <span>{value}</span> }.into_any()
                                    }).collect_view()}
                                </dd>
                            </div>
                        }).collect_view()}
                    </dl>
                </section>
            }).collect_view()}
            {(!self.history.is_empty()).then(|| view! {
                <section class="section" aria-labelledby="history-heading">
                    <h2 id="history-heading">"What was done about it"</h2>
                    <ActivityList items=self.history/>
                </section>
            })}
        }
        .into_any()
    }
}

fn findings(findings: Vec<FindingRow>) -> impl IntoView {
    let open = findings.iter().filter(|one| !one.remedy.is_empty()).count();
    let heading = match open {
        0 => "It works: everything was found".to_owned(),
        1 => "One thing to look at".to_owned(),
        count => format!("{count} things to look at"),
    };
    view! {
        <section class="section section-first" aria-labelledby="check-heading">
            <h2 id="check-heading" tabindex="-1" autofocus=true>{heading}</h2>
            <ul class="rows findings">
                {findings.into_iter().map(|one| view! {
                    <li class="row">
                        <StatusBadge status=one.status word=one.word/>
                        <div class="finding">
                            <strong>{one.title}</strong>
                            <p>{one.found}</p>
                            {(!one.remedy.is_empty()).then(|| view! { <p class="finding-remedy">{one.remedy}</p> })}
                        </div>
                    </li>
                }).collect_view()}
            </ul>
        </section>
    }
}
