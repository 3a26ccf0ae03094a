//! The reference of the API, from its document: every operation, what it takes and gives, and every shape in that.

use leptos::prelude::*;

use crate::{Crumb, Page, components::PageHeader, document::Breadth, routes};

/// The whole reference.
#[derive(Clone, Debug, Default)]
pub struct ApiDocsPage {
    /// What one should know before the first call.
    pub about: String,
    /// Where the document itself is.
    pub document: String,
    /// A first call, for a terminal.
    pub first_call: String,
    /// Operations by subject.
    pub groups: Vec<Group>,
    /// What bodies are made of, by name.
    pub shapes: Vec<Shape>,
}

/// Operations about one subject.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// "Requests".
    pub name: String,
    /// One sentence.
    pub about: String,
    /// In the order of the document.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Clone, Debug, Default)]
pub struct Operation {
    /// `createRequest`.
    pub id: String,
    /// `POST`.
    pub method: String,
    /// `/api/v1/requests`.
    pub path: String,
    /// "Ask for a new stack".
    pub title: String,
    /// More about it.
    pub about: String,
    /// The scope that a token needs.
    pub scope: String,
    /// What stands in the address and the headers.
    pub parameters: Vec<Field>,
    /// What is sent.
    pub body: Option<Kind>,
    /// A body as an example.
    pub example: Option<String>,
    /// What comes back: status, sentence, shape.
    pub answers: Vec<(String, String, Option<Kind>)>,
}

/// A parameter or a field of a shape.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// "stack_name".
    pub name: String,
    /// Where it stands, for a parameter: "path", "query", "header".
    pub place: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be left out.
    pub optional: bool,
    /// What it means.
    pub about: String,
}

/// What a value is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// "list of ", "map of ".
    pub prefix: String,
    /// "string", or the name of a shape.
    pub name: String,
    /// Whether `name` is a shape of the reference.
    pub is_shape: bool,
    /// " or null".
    pub suffix: String,
}

/// What a body, or a part of it, is made of.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// "Request".
    pub name: String,
    /// What it is.
    pub about: String,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// Its words, where it is one of several.
    pub words: Vec<String>,
}

impl Page for ApiDocsPage {
    fn title(&self) -> String {
        "API".into()
    }

    fn trail(&self) -> Vec<Crumb> {
        vec![Crumb::new("Your account", routes::ACCOUNT)]
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        view! {
            <PageHeader title="API" actions=view! {
                <a class="button" href=self.document>"OpenAPI document"</a>
                <a class="button" data-tone="primary" href=routes::ACCOUNT>"Your tokens"</a>
            }.into_any()/>
            <div class="api">
                <nav class="api-nav" aria-label="Operations">{self.groups.clone().into_iter().map(contents).collect_view()}</nav>
                <div class="api-body">
                    <p class="section-text">{self.about}</p>
                    <pre class="api-code" tabindex="0"><code>{self.first_call}</code></pre>
                    {self.groups.into_iter().map(group).collect_view()}
                    <section class="section" aria-labelledby="shapes">
                        <h2 id="shapes">"What bodies are made of"</h2>
                        {self.shapes.into_iter().map(shape).collect_view()}
                    </section>
                </div>
            </div>
        }
        .into_any()
    }
}

fn contents(group: Group) -> impl IntoView {
    view! {
        <p class="api-nav-title">{group.name}</p>
        <ul>
            {group.operations.into_iter().map(|one| view! { <li><a href=format!("#{}", one.id)>{one.title}</a></li> }).collect_view()}
        </ul>
    }
}

fn group(group: Group) -> impl IntoView {
    let heading = format!("group-{}", group.name);
    view! {
        <section class="section" aria-labelledby=heading.clone()>
            <h2 id=heading.clone()>{group.name}</h2>
            <p class="section-text">{group.about}</p>
            {group.operations.into_iter().map(operation).collect_view()}
        </section>
    }
}

fn operation(one: Operation) -> impl IntoView {
    let method = one.method.to_lowercase();
    view! {
        <article class="api-operation" id=one.id.clone() aria-labelledby=format!("{}-title", one.id)>
            <h3 id=format!("{}-title", one.id)><a href=format!("#{}", one.id)>{one.title}</a></h3>
            <p class="api-line"><span class="api-method" data-method=method>{one.method}</span><code>{one.path}</code><span class="api-scope">"scope "<code>{one.scope}</code></span></p>
            {(!one.about.is_empty()).then(|| view! { <p class="section-text">{one.about}</p> })}
            {(!one.parameters.is_empty()).then(|| fields("Parameters", one.parameters))}
            {one.body.map(|body| view! { <p class="api-takes"><strong>"Takes "</strong>{kind(body)}</p> })}
            {one.example.map(|example| view! { <pre class="api-code" tabindex="0"><code>{example}</code></pre> })}
            <dl class="api-answers">
                {one.answers.into_iter().map(|(status, about, body)| {
                    let refused = (!status.starts_with('2')).then_some("true");
                    view! {
                        <div data-refused=refused>
                            <dt>{status}</dt>
                            <dd>{about}{body.map(|body| view! { " "{kind(body)} })}</dd>
                        </div>
                    }
                }).collect_view()}
            </dl>
        </article>
    }
}

fn shape(shape: Shape) -> impl IntoView {
    let id = format!("shape-{}", shape.name);
    view! {
        <article class="api-shape" id=id.clone() aria-labelledby=format!("{id}-title")>
            <h3 id=format!("{id}-title")>{shape.name}</h3>
            {(!shape.about.is_empty()).then(|| view! { <p class="section-text">{shape.about}</p> })}
            {(!shape.words.is_empty()).then(|| view! {
                <p class="api-words">{shape.words.into_iter().map(|word| view! { <code>{word}</code>" " }).collect_view()}</p>
            })}
            {(!shape.fields.is_empty()).then(|| fields("Fields", shape.fields))}
        </article>
    }
}

fn fields(label: &'static str, fields: Vec<Field>) -> impl IntoView {
    view! {
        <dl class="api-fields" aria-label=label>
            {fields.into_iter().map(|field| view! {
                <div>
                    <dt><code>{field.name}</code></dt>
                    <dd>
                        <span class="api-kind">{kind(field.kind)}{field.optional.then_some(", optional")}{(!field.place.is_empty()).then(|| format!(", {}", field.place))}</span>
                        {field.about}
                    </dd>
                </div>
            }).collect_view()}
        </dl>
    }
}

fn kind(kind: Kind) -> impl IntoView {
    let name = if kind.is_shape {
        let href = format!("#shape-{}", kind.name);
        view! { <a href=href>{kind.name}</a> }.into_any()
    } else {
        kind.name.into_any()
    };
    view! { {kind.prefix}{name}{kind.suffix} }
}
