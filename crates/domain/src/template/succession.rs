//! Whether a revision can follow another without breaking what people have: their links, their programs, their stacks.

use super::schema::Template;
use crate::Problem;

/// What keeps `after` from following `before`. A new major version may change everything, and an older revision follows
/// nothing: a program that was set back publishes what it brings.
pub fn breaks(before: &Template, after: &Template) -> Vec<Problem> {
    let (from, to) = (numbers(&before.version), numbers(&after.version));
    if from.first() != to.first() || to <= from {
        return vec![];
    }
    let removed = before.inputs.iter().filter(|input| after.input(&input.name).is_none()).map(|input| {
        let message =
            format!("{} has the input `{}`: only a new major version may leave it out.", before.id(), input.name);
        Problem::new("input-removed", format!("inputs.{}", input.name), message)
    });
    let added = after.inputs.iter().filter(|input| {
        let is_needed = !input.optional && input.default.is_none();
        is_needed && before.input(&input.name).is_none_or(|known| known.optional || known.default.is_some())
    });
    let needed = added.map(|input| {
        let message = format!(
            "{} did without `{}`: give it a default, or make this a new major version.",
            before.id(),
            input.name
        );
        Problem::new("input-needed", format!("inputs.{}", input.name), message)
    });
    removed.chain(needed).collect()
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::schema::Input;

    fn revision(version: &str, change: impl FnOnce(&mut Template)) -> Template {
        let source = include_str!("../../../../catalog/templates/web-service.yaml");
        let mut template = crate::template::check::parse(source).unwrap();
        version.clone_into(&mut template.version);
        change(&mut template);
        template
    }

    fn named<'a>(template: &'a mut Template, name: &str) -> &'a mut Input {
        template.inputs.iter_mut().find(|input| input.name == name).unwrap()
    }

    #[test]
    fn a_minor_revision_takes_no_input_away_and_asks_for_nothing_new() {
        let before = revision("1.0.0", |_| {});
        let codes = |after: &Template| -> Vec<(String, String)> {
            breaks(&before, after).into_iter().map(|problem| (problem.code, problem.path)).collect()
        };
        assert_eq!(codes(&revision("1.1.0", |_| {})), []);
        let without = |template: &mut Template| template.inputs.retain(|input| input.name != "path");
        assert_eq!(codes(&revision("1.1.0", without)), [("input-removed".to_owned(), "inputs.path".to_owned())]);
        let needs = |template: &mut Template| named(template, "path").default = None;
        assert_eq!(codes(&revision("1.1.0", needs)), [("input-needed".to_owned(), "inputs.path".to_owned())]);
        let also = |with_default: bool| {
            revision("1.1.0", |template| {
                let mut more = named(template, "path").clone();
                "more".clone_into(&mut more.name);
                more.default = more.default.filter(|_| with_default);
                template.inputs.push(more);
            })
        };
        assert_eq!(codes(&also(true)), []);
        assert_eq!(codes(&also(false)), [("input-needed".to_owned(), "inputs.more".to_owned())]);
        assert_eq!(codes(&revision("2.0.0", without)), []);
        assert_eq!(codes(&revision("0.9.0", without)), []);
        let later = revision("1.1.0", |_| {});
        assert_eq!(breaks(&later, &revision("1.0.9", without)), [], "it was there before");
    }
}
