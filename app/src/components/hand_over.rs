//! Who was asked to see to a run that waits, and the form that asks somebody.

use leptos::prelude::*;

use super::{Icon, IconName, Message, When};
use crate::{FieldError, Handed, Handing};

/// In whose hands a run is.
#[component]
pub fn HandOver(
    /// Who has it; changes in place.
    handed: Memo<Option<Handed>>,
    /// Whom it can be handed to.
    handing: Handing,
    /// Token for the forms.
    csrf: String,
) -> impl IntoView {
    let Handing { post_to, back_to, people, refused, typed, errors } = handing;
    let is_open = typed.is_some();
    let (to, note) = typed.unwrap_or_default();
    let token = StoredValue::new(csrf.clone());
    let may = refused.is_none();
    let back_to = StoredValue::new(back_to);
    let back = move || {
        view! {
            <form class="hands-back" method="post" action=back_to.get_value()>
                <input type="hidden" name="csrf" value=token.get_value()/>
                <button class="button">"Take it out of their hands"</button>
            </form>
        }
    };
    let wrong = |path: &str| of_field(&errors, path);
    let (wrong_to, wrong_note) = (wrong("to"), wrong("note"));
    let invalid = |wrong: &Option<String>| wrong.is_some().then_some("true");
    view! {
        <section class="section hands" aria-labelledby="hands-heading">
            <h2 id="hands-heading">"Who sees to it"</h2>
            <div aria-live="polite">
                {move || match handed.get() {
                    Some(Handed { who, by, since, note, is_lost }) => {
                        let how = if by == who { " took it in hand ".to_owned() } else { format!(" has it in hand. {by} asked ") };
                        view! {
                            <p><strong>{who}</strong>{how}<When moment=since/>"."</p>
                            {(!note.is_empty()).then(|| view! { <blockquote>{note}</blockquote> })}
                            {is_lost.then(|| view! {
                                <p class="hands-lost"><Icon name=IconName::Warning/>"They may steer this run no longer. Hand it to somebody else."</p>
                            })}
                            {may.then(back)}
                        }
                        .into_any()
                    }
                    None => view! { <p class="muted">"Nobody in particular was asked to."</p> }.into_any(),
                }}
            </div>
            {match refused {
                Some(why) => view! { <p class="choice-text">{why}</p> }.into_any(),
                None => view! {
                    <details class="choice-question" open=is_open>
                        <summary class="button">"Hand to someone…"</summary>
                        <form class="stacked-form" method="post" action=post_to>
                            <input type="hidden" name="csrf" value=csrf/>
                            <div class="field">
                                <label class="field-label" for="hand-to">"Who is to see to it?"</label>
                                <select class="input select" id="hand-to" name="to" required aria-invalid=invalid(&wrong_to)
                                    aria-describedby=invalid(&wrong_to).map(|_| "error-to")>
                                    <option value="">"Choose…"</option>
                                    {people.into_iter().map(|(value, name)| {
                                        let selected = value == to;
                                        view! { <option value=value selected=selected>{name}</option> }
                                    }).collect_view()}
                                </select>
                                {wrong_to.map(|wrong| view! { <p class="field-error" id="error-to" role="alert"><Message text=wrong/></p> })}
                            </div>
                            <div class="field">
                                <label class="field-label" for="hand-note">"What should they know?"<span class="optional">"optional"</span></label>
                                <textarea class="input" id="hand-note" name="note" rows="2" maxlength="2000" aria-invalid=invalid(&wrong_note)
                                    aria-describedby=invalid(&wrong_note).map(|_| "error-note")>{note}</textarea>
                                {wrong_note.map(|wrong| view! { <p class="field-error" id="error-note" role="alert"><Message text=wrong/></p> })}
                            </div>
                            <button class="button" data-tone="primary">"Hand over"</button>
                            <p class="choice-text">"Whoever may steer this run still may."</p>
                        </form>
                    </details>
                }
                .into_any(),
            }}
        </section>
    }
}

fn of_field(errors: &[FieldError], path: &str) -> Option<String> {
    errors.iter().find(|error| error.path == path).map(|error| error.message.clone())
}
