//! One field of a request form: label, control, help, error.

use leptos::prelude::*;

use super::{Icon, IconName, Message};
use crate::{
    FieldError,
    pages::request_form::{ChoiceOption, Control, Field, PairRow},
};

/// Empty rows that a list of names and values offers to people without scripts.
const SPARE_ROWS: usize = 2;
/// Choices up to this many are shown as cards.
const MOST_CARDS: usize = 4;

/// One field.
#[component]
pub fn FormField(
    /// The field.
    field: Field,
    /// All that is wrong with the form; it takes what is its own.
    errors: Vec<FieldError>,
    /// Whether it does not count as the form stands: with scripts it is put away before anything is painted.
    away: bool,
) -> impl IntoView {
    let away = away.then_some("true");
    let Field { name, label, help, required, only_when, control } = field;
    let own: Vec<String> = errors
        .iter()
        .filter(|error| error.path == name || error.path.starts_with(&format!("{name}.")))
        .map(|error| error.message.clone())
        .collect();
    let below_it = format!("{name}.");
    let wrong: Vec<String> =
        errors.iter().filter_map(|error| error.path.strip_prefix(&below_it)).map(str::to_owned).collect();
    let ids = Ids {
        control: format!("field-{name}"),
        error: format!("error-{name}"),
        described: format!("help-{name} error-{name}"),
        invalid: (!own.is_empty()).then_some("true"),
    };
    let mark = (!required && !matches!(control, Control::Toggle { .. }))
        .then(|| view! { <span class="optional">"optional"</span> });
    let below = view! {
        <p class="field-help" id=format!("help-{name}")>
            {(!help.is_empty()).then_some(help)}
            {only_when.map(|when| view! { <span class="only-when">{when}</span> })}
        </p>
        <p class="field-error" id=ids.error.clone() data-error-for=name.clone() aria-live="polite">{(!own.is_empty()).then(|| view! { <Message text=own.join(" ")/> })}</p>
    };
    let grouped = matches!(&control, Control::Pairs { .. } | Control::Several { .. })
        || matches!(&control, Control::Choice { options, .. } if options.len() <= MOST_CARDS);
    if grouped {
        view! {
            <fieldset class="field" data-field=name.clone() data-away=away id=ids.control.clone() tabindex="-1" aria-describedby=ids.described.clone()>
                <legend class="field-label">{label}{mark}</legend>
                {grouped_control(name.clone(), control, &wrong, &ids)}
                {below}
            </fieldset>
        }
        .into_any()
    } else if let Control::Toggle { checked } = control {
        view! {
            <div class="field" data-field=name.clone() data-away=away>
                <label class="toggle">
                    <input type="checkbox" id=ids.control.clone() name=name.clone() value="true" checked=checked aria-describedby=ids.described.clone() aria-invalid=ids.invalid/>
                    <span>{label}</span>
                </label>
                {below}
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="field" data-field=name.clone() data-away=away>
                <label class="field-label" for=ids.control.clone()>{label}{mark}</label>
                {single_control(name.clone(), control, required, &ids)}
                {below}
            </div>
        }
        .into_any()
    }
}

struct Ids {
    control: String,
    error: String,
    described: String,
    invalid: Option<&'static str>,
}

fn single_control(name: String, control: Control, required: bool, ids: &Ids) -> AnyView {
    let id = ids.control.clone();
    let described = ids.described.clone();
    let invalid = ids.invalid;
    // A field that does not always count cannot be `required` in HTML: it would block the form while it is put away.
    let needed = required.then_some("true");
    match control {
        Control::Text { value, placeholder, pattern, max_length, code } => view! {
            <input class="input" type="text" id=id name=name value=value placeholder=placeholder pattern=pattern
                maxlength=max_length.map(|most| most.to_string()) data-code=code.then_some("true") autocomplete="off" spellcheck=code.then_some("false")
                aria-required=needed aria-describedby=described aria-invalid=invalid/>
        }
        .into_any(),
        Control::Number { value, min, max, unit } => view! {
            <span class="with-unit">
                <input class="input input-number" type="text" inputmode="numeric" id=id name=name value=value
                    data-min=min.map(|least| least.to_string()) data-max=max.map(|most| most.to_string())
                    autocomplete="off" aria-required=needed aria-describedby=described aria-invalid=invalid/>
                {unit.map(|unit| view! { <span class="unit">{unit}</span> })}
            </span>
        }
        .into_any(),
        Control::Choice { value, options } => view! {
            <select class="input select" id=id name=name aria-required=needed aria-describedby=described aria-invalid=invalid>
                {(!options.iter().any(|option| option.value == value)).then(|| view! { <option value="" selected=true>"Choose…"</option> })}
                {options.into_iter().map(|option| {
                    let selected = option.value == value;
                    view! { <option value=option.value selected=selected>{option.label}</option> }
                }).collect_view()}
            </select>
        }
        .into_any(),
        Control::Secret { already_set } => view! {
            <input class="input" type="password" id=id name=name placeholder=already_set.then_some("Set; leave empty to keep it")
                autocomplete="new-password" data-code="true" aria-required=needed aria-describedby=described aria-invalid=invalid/>
        }
        .into_any(),
        Control::Lines { value, placeholder } => view! {
            <textarea class="input" rows="4" id=id name=name placeholder=placeholder spellcheck="false" data-code="true"
                aria-required=needed aria-describedby=described aria-invalid=invalid>{value}</textarea>
        }
        .into_any(),
        Control::Toggle { .. } | Control::Several { .. } | Control::Pairs { .. } => ().into_any(),
    }
}

/// `wrong` are the names of rows that have something to put right.
fn grouped_control(name: String, control: Control, wrong: &[String], ids: &Ids) -> AnyView {
    match control {
        Control::Choice { value, options } => {
            let one = |option| tickable(&name, "radio", "card-choice", std::slice::from_ref(&value), option);
            view! { <div class="cards">{options.into_iter().map(one).collect_view()}</div> }.into_any()
        }
        Control::Several { values, options } => {
            let one = |option| tickable(&name, "checkbox", "tick", &values, option);
            view! { <div class="several">{options.into_iter().map(one).collect_view()}</div> }.into_any()
        }
        Control::Pairs { rows, secret, name_label, value_label } => {
            let spare = std::iter::repeat_n(PairRow::default(), SPARE_ROWS);
            let rows: Vec<PairRow> = rows.into_iter().chain(spare).collect();
            view! {
                <div class="pairs" data-pairs=name.clone()>
                    <div class="pair pair-head" aria-hidden="true"><span>{name_label.clone()}</span><span>{value_label.clone()}</span></div>
                    {rows.into_iter().enumerate().map(|(at, row)| {
                        let is_wrong = !row.name.is_empty() && wrong.contains(&row.name);
                        let invalid = is_wrong.then_some("true");
                        let described = is_wrong.then(|| ids.error.clone());
                        view! {
                        <div class="pair">
                            <input class="input" type="text" name=format!("{name}.name") value=row.name data-code="true" autocomplete="off" spellcheck="false"
                                aria-label=format!("{name_label} {}", at + 1) aria-invalid=invalid aria-describedby=described.clone()/>
                            <input class="input" type=if secret { "password" } else { "text" } name=format!("{name}.value") value=if secret { String::new() } else { row.value }
                                placeholder=row.already_set.then_some("Set; leave empty to keep it")
                                data-code="true" autocomplete=if secret { "new-password" } else { "off" } spellcheck="false" aria-label=format!("{value_label} {}", at + 1)
                                aria-invalid=invalid aria-describedby=described/>
                        </div>
                    }}).collect_view()}
                    <button class="button button-small scripted-only" type="button" data-add-row=name.clone()><Icon name=IconName::Plus/>"Add a row"</button>
                </div>
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}

/// One of several options: a box or a circle, what it is, a sentence about it.
fn tickable(
    name: &str,
    kind: &'static str,
    class: &'static str,
    picked: &[String],
    option: ChoiceOption,
) -> impl IntoView + use<> {
    let checked = picked.contains(&option.value);
    view! {
        <label class=class>
            <input type=kind name=name.to_owned() value=option.value checked=checked/>
            <span class="card-label">{option.label}</span>
            {(!option.help.is_empty()).then(|| view! { <span class="card-help">{option.help}</span> })}
        </label>
    }
}
