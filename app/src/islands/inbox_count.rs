//! How many decisions wait for the reader.

use leptos::prelude::*;

/// The count in the rail; live through the tab's one event stream.
#[island]
pub fn InboxCount(
    /// As the page was rendered.
    count: u32,
) -> impl IntoView {
    let count = RwSignal::new(count);
    #[cfg(target_arch = "wasm32")]
    {
        #[derive(serde::Deserialize)]
        struct Message {
            state: Waiting,
        }
        #[derive(serde::Deserialize)]
        struct Waiting {
            count: u32,
        }
        super::stream::follow("inbox", "", move |text| {
            if let Ok(message) = serde_json::from_str::<Message>(text) {
                count.set(message.state.count);
            }
        });
    }
    view! {
        <span class="inbox-count" data-count=move || count.get().to_string()>
            {move || count.get().to_string()}<span class="visually-hidden">" waiting"</span>
        </span>
    }
}
