//! The reference for those who write templates: the types that read one, their comments, and what is known of each kind.

use std::{collections::BTreeMap, fmt::Write};

use gantry_domain::{
    kinds::{HealthCheck, Identity, Kind},
    template,
};
use syn::{Attribute, Expr, Field, Fields, GenericArgument, Item, Lit, Meta, PathArguments, Type, Variant};

use crate::assert_written;

/// The public types of these files by name.
fn types_of(folder: &str) -> BTreeMap<String, Item> {
    let folder = format!("{}/src/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut types = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for item in syn::parse_file(&source).unwrap().items {
            match &item {
                Item::Struct(one) => types.insert(one.ident.to_string(), item.clone()),
                Item::Enum(one) => types.insert(one.ident.to_string(), item.clone()),
                Item::Const(one) => types.insert(one.ident.to_string(), item.clone()),
                _ => None,
            };
        }
    }
    types
}

/// What the comment says, on one line.
fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ").replace('|', "\\|").replace("[`", "`").replace("`]", "`")
}

/// The value of a key in `#[serde(…)]`; empty for a key without one.
fn serde(attributes: &[Attribute], wanted: &str) -> Option<String> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        attribute
            .parse_nested_meta(|meta| {
                let value = match meta.value() {
                    Ok(value) => value.parse::<syn::LitStr>()?.value(),
                    Err(_) => String::new(),
                };
                if meta.path.is_ident(wanted) {
                    found = Some(value);
                }
                Ok(())
            })
            .unwrap();
    }
    found
}

/// A variant's name as it is written in a template.
fn written(name: &str, rule: &str) -> String {
    let words = |between: &str| {
        let mut text = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() && !text.is_empty() {
                text.push_str(between);
            }
            text.extend(letter.to_lowercase());
        }
        text
    };
    match rule {
        "lowercase" => name.to_lowercase(),
        "UPPERCASE" => name.to_uppercase(),
        "kebab-case" => words("-"),
        "snake_case" => words("_"),
        _ => name.to_owned(),
    }
}

/// The name of a type and what stands in its angle brackets.
fn parts(kind: &Type) -> (String, Vec<Type>) {
    let Type::Path(path) = kind else { panic!("a type of a template is a path") };
    let last = path.path.segments.last().unwrap();
    let inner = match &last.arguments {
        PathArguments::AngleBracketed(list) => list.args.iter().filter_map(|argument| match argument {
            GenericArgument::Type(inner) => Some(inner.clone()),
            _ => None,
        }),
        _ => return (last.ident.to_string(), vec![]),
    };
    (last.ident.to_string(), inner.collect())
}

/// What a key takes.
fn takes(field: &Field) -> String {
    match serde(&field.attrs, "deserialize_with").as_deref() {
        Some("duration::in_words_or_seconds") => "length of time, or seconds".to_owned(),
        _ => describe(&field.ty),
    }
}

fn describe(kind: &Type) -> String {
    let (name, inner) = parts(kind);
    match name.as_str() {
        "String" => "text".to_owned(),
        "bool" => "true or false".to_owned(),
        "u8" | "u16" | "u32" | "i32" | "i64" | "usize" | "f64" => "number".to_owned(),
        "Json" => "any".to_owned(),
        "Option" | "Box" => describe(&inner[0]),
        "Vec" => format!("list of {}", describe(&inner[0])),
        "BTreeMap" => format!("map to {}", describe(&inner[1])),
        "SecretRef" => "an answer of type `secrets`".to_owned(),
        "Kind" => "one of the [kinds](#kinds)".to_owned(),
        _ => format!("[{name}](#{})", name.to_lowercase()),
    }
}

/// Whether a key can be left out, and what holds then.
fn when_absent(field: &Field, all_optional: bool) -> String {
    let (name, _) = parts(&field.ty);
    match serde(&field.attrs, "default").as_deref() {
        Some("") if name == "bool" => "false".to_owned(),
        Some("") if name == "String" => "empty".to_owned(),
        Some("") if name == "u32" || name == "u8" => "0".to_owned(),
        Some("") if ["Option", "Vec", "BTreeMap", "Json"].contains(&name.as_str()) => "none".to_owned(),
        Some("") => "see there".to_owned(),
        Some(function) => function.replace('_', " "),
        None if doc(&field.attrs).contains("decided in the plan") => "the plan decides".to_owned(),
        // Of these structs only the health check's keys can all be left out.
        None if all_optional => {
            let defaults = serde_json::to_value(HealthCheck::default()).unwrap();
            defaults[field.ident.as_ref().unwrap().to_string()].to_string().replace('"', "`")
        }
        None => "**required**".to_owned(),
    }
}

fn fields(text: &mut String, fields: &Fields, all_optional: bool) {
    text.push_str("| key | takes | left out | |\n| --- | --- | --- | --- |\n");
    for field in fields {
        let name = field.ident.as_ref().unwrap();
        if serde(&field.attrs, "flatten").is_some() {
            writeln!(text, "| `type` | {} | **required** | {} |", takes(field), doc(&field.attrs)).unwrap();
            continue;
        }
        let absent = when_absent(field, all_optional);
        writeln!(text, "| `{name}` | {} | {absent} | {} |", takes(field), doc(&field.attrs)).unwrap();
    }
    text.push('\n');
}

fn variants<'a>(text: &mut String, variants: impl Iterator<Item = &'a Variant>, rule: &str) {
    for variant in variants {
        let name = written(&variant.ident.to_string(), rule);
        let mut said = doc(&variant.attrs);
        if variant.attrs.iter().any(|attribute| attribute.path().is_ident("default")) {
            said = format!("{said} The default.").trim_start().to_owned();
        }
        writeln!(text, "* `{name}`{}{said}", if said.is_empty() { "" } else { ": " }).unwrap();
        for field in &variant.fields {
            let name = field.ident.as_ref().unwrap();
            let absent = when_absent(field, false);
            let absent = if absent == "**required**" { String::new() } else { format!("; left out: {absent}") };
            writeln!(text, "  * `{name}` ({}{absent}): {}", takes(field), doc(&field.attrs)).unwrap();
        }
    }
    text.push('\n');
}

/// A section about one type; what is known of it beyond its keys stands between.
fn section(text: &mut String, level: &str, item: &Item, more: &str) {
    match item {
        Item::Struct(one) => {
            writeln!(text, "{level} {}\n\n{}\n{more}", one.ident, doc(&one.attrs)).unwrap();
            fields(text, &one.fields, serde(&one.attrs, "default").is_some());
        }
        Item::Enum(one) => {
            writeln!(text, "{level} {}\n\n{}\n{more}", one.ident, doc(&one.attrs)).unwrap();
            variants(text, one.variants.iter(), &serde(&one.attrs, "rename_all").unwrap_or_default());
        }
        _ => panic!("a constant is no section"),
    }
}

/// What the kind says beyond its keys.
fn facts(kind: Kind) -> String {
    let def = kind.def();
    let list = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let replaced = match def.replaced_by {
        [] => "never, every change is made in place".to_owned(),
        ["*"] => "by every change".to_owned(),
        keys => format!("when {} changes", list(keys)),
    };
    let found = match def.identity {
        Identity::Name { max } => format!("by its name, {max} characters at most"),
        Identity::Path => "by its path".to_owned(),
        Identity::Fields(keys) => format!("by {}", list(keys)),
    };
    let mut text = format!("\nOutputs: {}. Replaced {replaced}. Found {found}.", list(def.outputs));
    if !def.sheds_last.is_empty() {
        let keys = list(def.sheds_last);
        write!(text, " What a change takes from {keys} goes last, when what uses it has changed.").unwrap();
    }
    for through in def.through {
        let by = through.by.iter().map(|kind| format!("{kind}")).collect::<Vec<_>>().join(" or ");
        write!(text, " Waits for every {by} that uses the same {}: {}.", through.shared, through.why).unwrap();
    }
    text.push('\n');
    text
}

/// The types named by this one, and by those.
fn reach(types: &BTreeMap<String, Item>, name: &str, seen: &mut Vec<String>) {
    let all: Vec<Field> = match types.get(name) {
        Some(Item::Struct(one)) => one.fields.iter().cloned().collect(),
        Some(Item::Enum(one)) => one.variants.iter().flat_map(|variant| variant.fields.iter().cloned()).collect(),
        _ => return,
    };
    if seen.iter().any(|known| known == name) {
        return;
    }
    seen.push(name.to_owned());
    for field in all {
        let mut open = vec![field.ty];
        while let Some(kind) = open.pop() {
            let (name, inner) = parts(&kind);
            open.extend(inner);
            reach(types, &name, seen);
        }
    }
}

fn reference() -> String {
    let mut text = String::from(
        "# Template reference\n\nWritten from the code by `crates/domain/tests/docs/reference.rs`. How to use it: [writing a template](templates.md).\n\n",
    );
    let schema = types_of("template");
    for name in ["Template", "Section", "Input", "InputType", "ChoiceOption", "ReferenceTo", "ResourceTemplate"] {
        section(&mut text, "##", &schema[name], "");
    }
    for name in ["OutputTemplate", "RouteTemplate", "Maturity"] {
        section(&mut text, "##", &schema[name], "");
    }
    text.push_str("## The environment\n\nWhat `env.` has:");
    let Item::Const(known) = &schema["ENVIRONMENT_FIELDS"] else { panic!("the fields are a constant") };
    let Expr::Reference(list) = &*known.expr else { panic!("the fields are a list") };
    let Expr::Array(list) = &*list.expr else { panic!("the fields are a list") };
    for (at, field) in list.elems.iter().enumerate() {
        let Expr::Lit(literal) = field else { panic!("a field is text") };
        let Lit::Str(name) = &literal.lit else { panic!("a field is text") };
        write!(text, "{} `{}`", if at == 0 { "" } else { "," }, name.value()).unwrap();
    }
    text.push_str(". The shared load balancer has `arn`, `dns_name`, `full_name`, `listener_arn`, `https` and `security_group`.\n\n# Kinds\n\n");
    let kinds = types_of("kinds");
    let mut parts = vec![];
    for kind in Kind::ALL {
        section(&mut text, "##", &kinds[kind.name()], &facts(*kind));
        reach(&kinds, kind.name(), &mut parts);
    }
    text.push_str("# Parts of specs\n\n");
    parts.retain(|name| Kind::ALL.iter().all(|kind| kind.name() != name));
    parts.sort();
    for name in parts {
        section(&mut text, "##", &kinds[&name], "");
    }
    text.trim_end().to_owned() + "\n"
}

#[test]
fn the_reference_says_what_the_code_reads() {
    assert_written("template-reference.md", &reference());
}

#[test]
fn the_reference_leads_to_sections_that_exist() {
    let text = reference();
    let sections: Vec<String> = text
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches(['#', ' ']).to_lowercase())
        .collect();
    let links: Vec<&str> =
        text.split("](#").skip(1).filter_map(|rest| rest.split_once(')').map(|(to, _)| to)).collect();
    assert!(links.len() > 20);
    for link in links {
        assert!(sections.iter().any(|section| section == link), "nothing is called {link}");
    }
}

#[test]
fn the_example_is_a_template() {
    let guide = std::fs::read_to_string(format!("{}/../../docs/templates.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let examples: Vec<&str> = guide
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```").map(|(example, _)| example))
        .collect();
    assert_eq!(examples.len(), 1);
    template::check::parse(examples[0]).unwrap();
}
