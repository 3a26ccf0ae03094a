//! One stack: where it is, what it is made of, what was done to it.

use leptos::prelude::*;

use super::{requests::RequestRow, stacks::StackRow};
use crate::{
    Choice, CostView, Crumb, Glyph, Moment, Page, Status,
    components::{
        Banner, ChoiceButton, CostTable, EmptyState, GlyphIcon, Icon, IconName, ObjectId, PageHeader, Pager, Pages,
        PastTheEnd, RequestTable, StatusBadge, Tab, Table, Tabs, When,
    },
    document::Breadth,
    islands::CopyButton,
    routes,
};

/// A stack.
#[derive(Clone, Debug, Default)]
pub struct StackPage {
    /// As in the list.
    pub row: StackRow,
    /// What goes on, in a sentence.
    pub sentence: String,
    /// The tab that is open.
    pub tab: StackTab,
    /// Outputs: "Endpoint", "Cluster".
    pub outputs: Vec<(String, String)>,
    /// Inputs of the current release.
    pub inputs: Vec<(String, String)>,
    /// AWS objects.
    pub resources: Vec<ResourceRow>,
    /// Successful runs, newest first; read for their tab only.
    pub releases: Vec<ReleaseRow>,
    /// How many there are.
    pub release_count: usize,
    /// Requests about it, newest first; read for their tab only.
    pub requests: Vec<RequestRow>,
    /// How many there are.
    pub request_count: usize,
    /// The rest of the releases or the requests.
    pub pages: Pages,
    /// Estimate.
    pub cost: CostView,
    /// Address of the template, and its revision in words.
    pub template_href: String,
    /// "Web service, revision 3".
    pub revision: String,
    /// Name and id of stacks that this one uses.
    pub uses: Vec<(String, String)>,
    /// Name and id of stacks that use this one.
    pub used_by: Vec<(String, String)>,
    /// A run under way or waiting for a choice.
    pub run_id: Option<String>,
    /// Why it cannot be changed now; nothing when it can.
    pub change_refused: Option<String>,
    /// Why it cannot be destroyed now; nothing when it can.
    pub destroy_refused: Option<String>,
    /// Anything else the reader may do.
    pub others: Vec<Choice>,
}

/// Tabs of a stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StackTab {
    /// `overview`
    #[default]
    Overview,
    /// `resources`
    Resources,
    /// `releases`
    Releases,
    /// `requests`
    Requests,
}

impl StackTab {
    /// From the query; anything unknown is the overview.
    pub fn from_query(tab: &str) -> Self {
        match tab {
            "resources" => Self::Resources,
            "releases" => Self::Releases,
            "requests" => Self::Requests,
            _ => Self::Overview,
        }
    }

    /// As the query says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Resources => "resources",
            Self::Releases => "releases",
            Self::Requests => "requests",
        }
    }
}

/// One AWS object.
#[derive(Clone, Debug, Default)]
pub struct ResourceRow {
    /// Its name in the template: "target-group".
    pub name: String,
    /// "Target group".
    pub kind: String,
    /// Its picture.
    pub glyph: Glyph,
    /// ARN or name in AWS.
    pub physical: String,
    /// Its page in the AWS console.
    pub console_href: Option<String>,
    /// State.
    pub status: Status,
}

/// One release.
#[derive(Clone, Debug, Default)]
pub struct ReleaseRow {
    /// "3".
    pub number: String,
    /// What it was: "Change image to orders:1.4".
    pub title: String,
    /// The run that made it.
    pub run_id: String,
    /// Who asked.
    pub who: String,
    /// When.
    pub when: Moment,
    /// Whether it is the one that runs.
    pub current: bool,
}

impl Page for StackPage {
    fn title(&self) -> String {
        self.row.name.clone()
    }

    fn trail(&self) -> Vec<Crumb> {
        vec![Crumb::new("Stacks", routes::STACKS)]
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let id = self.row.id.clone();
        let tab = |label: &str, own: StackTab, count: Option<usize>| Tab {
            label: label.into(),
            href: routes::stack_tab(&id, own.name()),
            count,
            current: self.tab == own,
        };
        let tabs = vec![
            tab("Overview", StackTab::Overview, None),
            tab("Resources", StackTab::Resources, Some(self.resources.len())),
            tab("Releases", StackTab::Releases, Some(self.release_count)),
            tab("Requests", StackTab::Requests, Some(self.request_count)),
        ];
        let below = view! {
            <StatusBadge status=self.row.status word=self.row.word.clone()/>
            <ObjectId id=id.clone()/>
            <span>{format!("{}, {}", self.row.environment, self.row.team)}</span>
            {self.row.endpoint.clone().map(|url| view! { <a class="endpoint" href=url.clone()>{url.clone()}<Icon name=IconName::External/></a> })}
        }
        .into_any();
        let actions = view! {
            {self.run_id.clone().map(|run| view! { <a class="button" href=routes::run(&run)>"Open the run"<Icon name=IconName::Arrow/></a> })}
            {self.change_refused.is_none().then(|| view! { <a class="button" data-tone="primary" href=routes::stack_change(&id)>"Change"</a> })}
            {self.destroy_refused.is_none().then(|| view! {
                <details class="menu">
                    <summary class="button" data-tone="quiet" aria-label="More actions"><Icon name=IconName::More/></summary>
                    <div class="menu-panel">
                        <a class="menu-item" data-tone="danger" href=routes::stack_destroy(&id)>"Destroy…"</a>
                    </div>
                </details>
            })}
        }
        .into_any();
        let refusals: Vec<String> =
            [&self.change_refused, &self.destroy_refused].into_iter().flatten().fold(Vec::new(), |mut all, one| {
                if !all.contains(one) {
                    all.push(one.clone());
                }
                all
            });
        let others = self.others.clone();
        let sentence = self.sentence.clone();
        let name = self.row.name.clone();
        let tab_now = self.tab;
        let pages = self.pages.clone();
        let past_the_end = pages.first.is_some() && self.releases.is_empty() && self.requests.is_empty();
        let content = match tab_now {
            _ if past_the_end => view! { <PastTheEnd/> }.into_any(),
            StackTab::Overview => overview(self),
            StackTab::Resources => resources(self.resources),
            StackTab::Releases => releases(self.releases),
            StackTab::Requests if self.requests.is_empty() => view! { <EmptyState icon=IconName::Request title="No requests yet" text="Each change of this stack is asked for, and stands here with who decided."/> }.into_any(),
            StackTab::Requests => view! { <RequestTable rows=self.requests/> }.into_any(),
        };
        view! {
            <PageHeader title=name below=below actions=actions/>
            {(!sentence.is_empty()).then(|| view! { <p class="lead">{sentence}</p> })}
            {refusals.into_iter().map(|why| view! { <Banner>{why}</Banner> }).collect_view()}
            <Tabs label="Parts of this stack" tabs=tabs/>
            {content}
            <Pager pages=pages first="Newest" next="Older"/>
            {(!others.is_empty()).then(|| view! {
                <div class="choices">{others.into_iter().map(|choice| view! { <ChoiceButton choice=choice/> }).collect_view()}</div>
            })}
        }
        .into_any()
    }
}

fn overview(stack: StackPage) -> AnyView {
    let links = |items: Vec<(String, String)>| {
        items
            .into_iter()
            .map(|(name, id)| view! { <a class="listed" href=routes::stack(&id)>{name}</a> })
            .collect_view()
    };
    view! {
        <div class="with-aside">
            <div>
                {(!stack.outputs.is_empty()).then(|| view! {
                    <section class="section" aria-labelledby="outputs-heading">
                        <h2 id="outputs-heading">"Outputs"</h2>
                        <dl class="outputs">
                            {stack.outputs.into_iter().map(|(name, value)| view! {
                                <div><dt>{name}</dt><dd><code class="value">{value.clone()}</code><CopyButton text=value/></dd></div>
                            }).collect_view()}
                        </dl>
                    </section>
                })}
                <section class="section" aria-labelledby="cost-heading">
                    <h2 id="cost-heading">"Cost"</h2>
                    <CostTable cost=stack.cost/>
                </section>
            </div>
            <aside class="aside" aria-label="Facts">
                <dl class="facts">
                    <div><dt>"Template"</dt><dd><a href=stack.template_href>{stack.revision}</a></dd></div>
                    <div><dt>"Changed"</dt><dd><When moment=stack.row.changed/></dd></div>
                    {(!stack.uses.is_empty()).then(|| view! { <div><dt>"Uses"</dt><dd>{links(stack.uses)}</dd></div> })}
                    {(!stack.used_by.is_empty()).then(|| view! { <div><dt>"Used by"</dt><dd>{links(stack.used_by)}</dd></div> })}
                </dl>
                {(!stack.inputs.is_empty()).then(|| view! {
                    <h2 class="aside-title">"Inputs"</h2>
                    <dl class="facts">
                        {stack.inputs.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd><code class="value">{value}</code></dd></div> }).collect_view()}
                    </dl>
                })}
            </aside>
        </div>
    }
    .into_any()
}

fn resources(rows: Vec<ResourceRow>) -> AnyView {
    if rows.is_empty() {
        return view! { <EmptyState icon=IconName::Stack title="Nothing in AWS yet" text="What the run makes will be listed here with its ARN."/> }.into_any();
    }
    view! {
        <Table label="Table of resources" heads=vec![("Resource", ""), ("Status", ""), ("In AWS", "")]>
            {rows.into_iter().map(|row| view! {
                <tr>
                    <th scope="row"><span class="with-glyph"><GlyphIcon glyph=row.glyph/><span>{row.kind}<span class="row-id">{row.name}</span></span></span></th>
                    <td><StatusBadge status=row.status/></td>
                    <td>
                        <span class="arn">
                            <code class="value">{row.physical.clone()}</code>
                            {(!row.physical.is_empty()).then(|| view! { <CopyButton text=row.physical.clone()/> })}
                            {row.console_href.map(|href| view! { <a class="console-link" href=href rel="noreferrer"><Icon name=IconName::External/><span class="visually-hidden">"Open in the AWS console"</span></a> })}
                        </span>
                    </td>
                </tr>
            }).collect_view()}
        </Table>
    }
    .into_any()
}

fn releases(rows: Vec<ReleaseRow>) -> AnyView {
    if rows.is_empty() {
        return view! { <EmptyState icon=IconName::Seal title="No release yet" text="Each successful run is a release: what one can go back to."/> }.into_any();
    }
    view! {
        <ul class="rows">
            {rows.into_iter().map(|row| view! {
                <li class="row">
                    <span class="release-number">{row.number}</span>
                    <a class="row-link" href=routes::run(&row.run_id)>{row.title}</a>
                    {row.current.then(|| view! { <span class="tag">"runs now"</span> })}
                    <span class="row-end muted">{row.who}", "<When moment=row.when/></span>
                </li>
            }).collect_view()}
        </ul>
    }
    .into_any()
}
