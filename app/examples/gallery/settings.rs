//! Forms of settings, as several pages have them.

use gantry_app::pages::request_form;

use crate::text;

pub fn settings(id: &str, title: &str, help: &str, fields: Vec<request_form::Field>) -> request_form::FormSection {
    request_form::FormSection { id: id.into(), title: title.into(), help: help.into(), fields }
}

pub fn setting(name: &str, label: &str, help: &str, control: request_form::Control) -> request_form::Field {
    request_form::Field {
        name: name.into(),
        label: label.into(),
        help: help.into(),
        required: true,
        only_when: None,
        control,
    }
}

pub fn typed(value: &str, code: bool) -> request_form::Control {
    request_form::Control::Text {
        value: value.into(),
        placeholder: String::new(),
        pattern: None,
        max_length: Some(255),
        code,
    }
}

pub fn chosen(value: &str, options: &[(&str, &str, &str)]) -> request_form::Control {
    let option = |(value, label, help): &(&str, &str, &str)| request_form::ChoiceOption {
        value: text(value),
        label: text(label),
        help: text(help),
    };
    request_form::Control::Choice { value: value.into(), options: options.iter().map(option).collect() }
}
