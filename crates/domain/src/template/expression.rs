//! Expressions in templates: minijinja, sandboxed. Undefined names are errors, there is no loading of other templates,
//! and each evaluation has a budget of steps.
//!
//! A reference to another resource's output cannot be known while a plan is made. It goes through an expression as a
//! marker (two private-use characters around `resource.output`) and comes out as [`Value::Ref`]. No input may contain
//! these characters, so nobody can type a reference.

use minijinja::{Environment, Expression, UndefinedBehavior, Value as Jinja};
use serde_json::Value as Json;

use crate::value::{OutputRef, Value};

const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';
/// Steps of the evaluator per expression.
const FUEL: u64 = 20_000;
/// Bytes of an expression: how deep it can nest, and so how much stack it takes, follows from it.
const LONGEST: usize = 4096;
/// Bytes that an expression may give, as JSON: a list that is multiplied costs no step.
const BIGGEST: usize = 1 << 20;

/// Whether text holds a character that only markers may hold.
pub fn holds_marker(text: &str) -> bool {
    text.contains([OPEN, CLOSE])
}

/// The marker of a reference.
pub fn marker(resource: &str, output: &str) -> String {
    format!("{OPEN}{resource}.{output}{CLOSE}")
}

/// An expression that cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadExpression {
    /// What is wrong, in one sentence.
    pub message: String,
}

/// Takes so many bytes and no more.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > BIGGEST {
            return Err(std::io::Error::other("too much"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn bad(source: &str, error: &minijinja::Error) -> BadExpression {
    let detail = error.detail().map(|d| format!(" ({d})")).unwrap_or_default();
    BadExpression { message: format!("`{source}` cannot be evaluated: {}{detail}.", error.kind()) }
}

/// The sandbox. Make one per rendering.
pub struct Evaluator {
    environment: Environment<'static>,
}

impl Default for Evaluator {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        environment.add_filter("values", |map: &Jinja| -> Result<Vec<Jinja>, minijinja::Error> {
            map.try_iter()?.map(|key| map.get_item(&key)).collect()
        });
        environment.add_function("merge", |left: &Jinja, right: &Jinja| -> Result<Jinja, minijinja::Error> {
            let pairs = |map: &Jinja| -> Result<Vec<(Jinja, Jinja)>, minijinja::Error> {
                map.try_iter()?.map(|key| Ok((key.clone(), map.get_item(&key)?))).collect()
            };
            Ok(pairs(left)?.into_iter().chain(pairs(right)?).collect())
        });
        Self { environment }
    }
}

/// Where the `}}` of an expression stands: not within quotes, and not where a map of its own ends.
fn end_of(expression: &str) -> Option<usize> {
    let (mut quote, mut maps) = (None, 0_usize);
    let bytes = expression.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(*byte),
            (None, b'{') => maps += 1,
            (None, b'}') if maps > 0 => maps -= 1,
            (None, b'}') if bytes.get(index + 1) == Some(&b'}') => return Some(index),
            _ => {}
        }
    }
    None
}

/// The pieces of a text: plain, or an expression between `{{` and `}}`.
fn pieces(text: &str) -> Result<Vec<(bool, &str)>, BadExpression> {
    let mut pieces = vec![];
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        if start > 0 {
            pieces.push((false, &rest[..start]));
        }
        let Some(length) = end_of(&rest[start + 2..]) else {
            return Err(BadExpression {
                message: format!("`{text}` opens an expression with `{{{{` and never closes it."),
            });
        };
        pieces.push((true, rest[start + 2..start + 2 + length].trim()));
        rest = &rest[start + length + 4..];
    }
    if !rest.is_empty() {
        pieces.push((false, rest));
    }
    Ok(pieces)
}

impl Evaluator {
    /// Evaluates one expression without braces, such as a condition.
    pub fn evaluate(&self, source: &str, context: &Jinja) -> Result<Json, BadExpression> {
        let value = self.compile(source)?.eval(context).map_err(|error| bad(source, &error))?;
        if value.is_undefined() {
            return Err(BadExpression { message: format!("`{source}` is undefined.") });
        }
        let mut json = Bounded(vec![]);
        let written = serde_json::to_writer(&mut json, &value).and_then(|()| serde_json::from_slice(&json.0));
        written.map_err(|error| BadExpression {
            message: if error.is_io() {
                format!("`{source}` gives more than {BIGGEST} bytes.")
            } else {
                format!("`{source}` gives no plain value.")
            },
        })
    }

    fn compile<'a>(&'a self, source: &'a str) -> Result<Expression<'a, 'a>, BadExpression> {
        if source.len() > LONGEST {
            let start: String = source.chars().take(40).collect();
            return Err(BadExpression { message: format!("`{start}…` is longer than {LONGEST} bytes.") });
        }
        self.environment.compile_expression(source).map_err(|error| bad(source, &error))
    }

    /// A condition; nothing but true and false will do.
    pub fn holds(&self, source: &str, context: &Jinja) -> Result<bool, BadExpression> {
        match self.evaluate(source, context)? {
            Json::Bool(value) => Ok(value),
            other => Err(BadExpression { message: format!("`{source}` must be true or false, and is `{other}`.") }),
        }
    }

    /// Text from a template: one expression alone keeps its type, otherwise the pieces are joined.
    pub fn text(&self, source: &str, context: &Jinja) -> Result<Value, BadExpression> {
        let pieces = pieces(source)?;
        if let [(true, expression)] = pieces[..] {
            return Ok(unmark(self.evaluate(expression, context)?));
        }
        let mut text = String::new();
        for (is_expression, piece) in pieces {
            if is_expression {
                match self.evaluate(piece, context)? {
                    Json::String(value) => text.push_str(&value),
                    value @ (Json::Number(_) | Json::Bool(_)) => text.push_str(&value.to_string()),
                    _ => {
                        return Err(BadExpression {
                            message: format!("`{piece}` stands in text and must give text or a number."),
                        });
                    }
                }
            } else {
                text.push_str(piece);
            }
        }
        Ok(unmark(Json::String(text)))
    }

    /// The names that an expression (without braces) reads, dotted as far as they are: `inputs.port`.
    pub fn names(&self, source: &str) -> Result<Vec<String>, BadExpression> {
        let expression = self.compile(source)?;
        let mut names: Vec<_> =
            expression.undeclared_variables(true).into_iter().filter(|name| name != "merge").collect();
        names.sort();
        Ok(names)
    }

    /// The names that a text's expressions read.
    pub fn names_in_text(&self, source: &str) -> Result<Vec<String>, BadExpression> {
        let mut names = vec![];
        for (is_expression, piece) in pieces(source)? {
            if is_expression {
                names.extend(self.names(piece)?);
            }
        }
        Ok(names)
    }
}

/// Turns markers into references.
fn unmark(json: Json) -> Value {
    match json {
        Json::String(text) if text.contains(OPEN) => {
            let mut parts = vec![];
            let mut rest = text.as_str();
            while let Some(start) = rest.find(OPEN) {
                if start > 0 {
                    parts.push(Value::Literal(rest[..start].into()));
                }
                let inner = &rest[start + OPEN.len_utf8()..];
                let (name, after) = inner.split_once(CLOSE).unwrap_or((inner, ""));
                let (resource, output) = name.split_once('.').unwrap_or((name, ""));
                parts.push(Value::Ref(OutputRef { resource: resource.to_owned(), output: output.to_owned() }));
                rest = after;
            }
            if !rest.is_empty() {
                parts.push(Value::Literal(rest.into()));
            }
            match <[Value; 1]>::try_from(parts) {
                Ok([one]) => one,
                Err(parts) => Value::Concat(parts),
            }
        }
        Json::Array(items) => Value::List(items.into_iter().filter(|item| !item.is_null()).map(unmark).collect()),
        Json::Object(map) => Value::Map(
            map.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key, unmark(value))).collect(),
        ),
        scalar => Value::Literal(scalar),
    }
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    fn context() -> Jinja {
        context! { inputs => context! { port => 80, name => "shop" }, resources => context! { cluster => context! { arn => marker("cluster", "arn") } } }
    }

    #[test]
    fn types_and_references_survive() {
        let evaluator = Evaluator::default();
        let text = |source| serde_json::to_value(evaluator.text(source, &context()).unwrap()).unwrap();
        assert_eq!(text("{{ inputs.port + 1 }}"), 81);
        assert_eq!(text("x-{{ inputs.name }}"), "x-shop");
        assert_eq!(text("{{ resources.cluster.arn }}"), serde_json::json!({"$ref": "cluster.arn"}));
        assert_eq!(
            text("{{ resources.cluster.arn }}/*"),
            serde_json::json!({"$concat": [{"$ref": "cluster.arn"}, "/*"]})
        );
        assert_eq!(
            text("{{ [resources.cluster.arn] if inputs.port == 80 else [] }}"),
            serde_json::json!([{"$ref": "cluster.arn"}])
        );
    }

    #[test]
    fn undefined_and_unclosed_are_refused() {
        let evaluator = Evaluator::default();
        assert!(evaluator.text("{{ inputs.nothing }}", &context()).is_err());
        assert!(evaluator.text("{{ inputs.port", &context()).is_err());
        assert_eq!(evaluator.names("inputs.port > 1 and env.region == 'x'").unwrap(), ["env.region", "inputs.port"]);
    }

    #[test]
    fn an_expression_takes_no_more_than_its_share() {
        let refused = |source: &str| Evaluator::default().evaluate(source, &context()).unwrap_err().message;
        assert!(refused(&"1+".repeat(100_000)).contains("longer than"));
        assert!(refused(&"(".repeat(4000)).len() < 10_000);
        assert!(refused("[range(100000)] * 100000").contains("gives more than"));
        let sum = format!("1{}", "+1".repeat(2000));
        assert_eq!(Evaluator::default().evaluate(&sum, &context()).unwrap(), 2001);
    }
}
