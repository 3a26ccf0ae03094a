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
            inbox: u32,
        }
        super::browser::listen(crate::routes::EVENTS, move |text| {
            if let Ok(message) = serde_json::from_str::<Message>(&text) {
                count.set(message.inbox);
            }
        });
    }
    view! {
        <span class="inbox-count" data-count=move || count.get().to_string()>
            {move || count.get().to_string()}<span class="visually-hidden">" waiting"</span>
        </span>
    }
}
