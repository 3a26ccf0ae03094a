//! One run: the graph, live; what failed; the steps.

use leptos::prelude::*;

use crate::{
    Crumb, Csrf, GraphLayout, Page, RunView,
    components::{ObjectId, PageHeader},
    document::Breadth,
    islands::RunLive,
    routes,
};

/// A run.
#[derive(Clone, Debug, Default)]
pub struct RunPage {
    /// "Create orders in production".
    pub heading: String,
    /// Its request.
    pub request_id: String,
    /// Its stack: name and id.
    pub stack: Option<(String, String)>,
    /// Who started it by approving.
    pub started_by: String,
    /// The run itself; the same struct goes over the event stream.
    pub run: RunView,
    /// `GraphLayout::of(&run.steps)`.
    pub layout: GraphLayout,
}

impl Page for RunPage {
    fn title(&self) -> String {
        self.heading.clone()
    }

    fn trail(&self) -> Vec<Crumb> {
        let mut trail = vec![Crumb::new("Requests", routes::REQUESTS)];
        if !self.request_id.is_empty() {
            trail.push(Crumb::new(self.request_id.clone(), routes::request(&self.request_id)));
        }
        trail
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let csrf = use_context::<Csrf>().unwrap_or_default().0;
        let below = view! {
            <ObjectId id=self.run.id.clone()/>
            {(!self.started_by.is_empty()).then(|| view! { <span>{format!("Approved by {}", self.started_by)}</span> })}
            {self.stack.map(|(name, id)| view! { <span>"Stack "<a href=routes::stack(&id)>{name}</a></span> })}
            <a href=routes::run_log(&self.run.id) download="">"Log as JSON lines"</a>
        }
        .into_any();
        view! {
            <PageHeader title=self.heading below=below/>
            <RunLive run=self.run layout=self.layout csrf=csrf/>
        }
        .into_any()
    }
}
