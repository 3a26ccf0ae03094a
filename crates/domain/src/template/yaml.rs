//! YAML with the line of every value, so that a mistake can be shown where it stands. Aliases and duplicate keys are
//! refused: the first can blow up, the second hide.

use std::{borrow::Cow, collections::BTreeMap};

use saphyr::Scalar;
use saphyr_parser::{Event, Parser, Span, StrInput};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::Problem;

/// How deep lists and maps may nest.
const MAX_DEPTH: usize = 32;

/// A document and where its values stand.
pub struct Document {
    /// Its content.
    pub json: Json,
    lines: BTreeMap<String, usize>,
}

/// A problem at a line (1 is the first).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The line.
    pub line: usize,
    /// The problem.
    pub problem: Problem,
}

impl Document {
    /// Reads one document.
    pub fn parse(source: &str) -> Result<Self, Located> {
        let mut reader = Reader { parser: Parser::new_from_str(source), lines: BTreeMap::new() };
        let json = loop {
            match reader.next()? {
                (Event::StreamEnd, span) => return Err(at(&span, "", "empty", "There is nothing in this document.")),
                (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
                (event, span) => break reader.node(event, span, "", 0)?,
            }
        };
        Ok(Self { json, lines: reader.lines })
    }

    /// The line of the value at `path`, or of the nearest thing around it.
    pub fn line(&self, path: &str) -> usize {
        let mut path = path;
        loop {
            if let Some(line) = self.lines.get(path) {
                return *line;
            }
            match path.rsplit_once('.') {
                Some((parent, _)) => path = parent,
                None => return self.lines.get("").copied().unwrap_or(1),
            }
        }
    }

    /// Reads the document into a type; the problem carries the path of what does not fit.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_path_to_error::deserialize(&self.json).map_err(|error| {
            let path = error.path().to_string().replace('[', ".").replace(']', "");
            let path = if path == "." { String::new() } else { path };
            let message = error.into_inner().to_string();
            let code = if message.starts_with("unknown field") { "unknown-key" } else { "wrong-type" };
            Problem::new(code, path, message)
        })
    }
}

/// Reads YAML into a type where lines do not matter to the reader.
pub fn parse_plain<T: DeserializeOwned>(source: &str) -> Result<T, Problem> {
    Document::parse(source).map_err(|located| located.problem)?.read()
}

fn at(span: &Span, path: &str, code: &str, message: &str) -> Located {
    Located { line: span.start.line(), problem: Problem::new(code, path, message) }
}

struct Reader<'input> {
    parser: Parser<'input, StrInput<'input>>,
    lines: BTreeMap<String, usize>,
}

impl<'input> Reader<'input> {
    fn next(&mut self) -> Result<(Event<'input>, Span), Located> {
        match self.parser.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(Located {
                line: error.marker().line(),
                problem: Problem::new("invalid-yaml", "", format!("This is not valid YAML: {}.", error.info())),
            }),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'input>, span: Span, path: &str, depth: usize) -> Result<Json, Located> {
        if depth > MAX_DEPTH {
            return Err(at(&span, path, "too-deep", "Lists and maps may nest 32 levels at most."));
        }
        self.lines.entry(path.to_owned()).or_insert(span.start.line());
        match event {
            Event::Scalar(text, style, _, tag) => {
                Ok(scalar(Scalar::parse_from_cow_and_metadata(text.clone(), style, tag.as_ref()), text))
            }
            Event::SequenceStart(..) => {
                let mut items = vec![];
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => return Ok(Json::Array(items)),
                        (event, span) => {
                            let path = join(path, &items.len().to_string());
                            items.push(self.node(event, span, &path, depth + 1)?);
                        }
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut map = Map::new();
                loop {
                    let (key, key_span) = match self.next()? {
                        (Event::MappingEnd, _) => return Ok(Json::Object(map)),
                        (Event::Scalar(text, ..), span) => (text.into_owned(), span),
                        (_, span) => return Err(at(&span, path, "invalid-key", "A key must be text.")),
                    };
                    let inner = join(path, &key);
                    if map.contains_key(&key) {
                        return Err(at(&key_span, &inner, "duplicate-key", &format!("`{key}` is written twice here.")));
                    }
                    self.lines.insert(inner.clone(), key_span.start.line());
                    let (event, span) = self.next()?;
                    let value = self.node(event, span, &inner, depth + 1)?;
                    map.insert(key, value);
                }
            }
            Event::Alias(_) => Err(at(&span, path, "alias", "YAML aliases are not used here; write the value out.")),
            _ => Err(at(&span, path, "invalid-yaml", "A value is missing here.")),
        }
    }
}

fn scalar(parsed: Option<Scalar<'_>>, text: Cow<'_, str>) -> Json {
    match parsed {
        Some(Scalar::Null) => Json::Null,
        Some(Scalar::Boolean(value)) => Json::Bool(value),
        Some(Scalar::Integer(value)) => Json::from(value),
        Some(Scalar::FloatingPoint(value)) => Json::from(value.into_inner()),
        Some(Scalar::String(value)) => Json::String(value.into_owned()),
        None => Json::String(text.into_owned()),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_lines() {
        let document = Document::parse("a: 1\nb:\n  - x: true\n    y: \"1\"\n").unwrap();
        assert_eq!(document.json, serde_json::json!({"a": 1, "b": [{"x": true, "y": "1"}]}));
        assert_eq!(document.line("b.0.y"), 4);
        assert_eq!(document.line("b.0.y.z"), 4);
    }

    #[test]
    fn duplicate_keys_aliases_and_nonsense_are_refused_with_their_line() {
        let code = |text| Document::parse(text).map(|d| d.json).unwrap_err();
        assert_eq!((code("a: 1\na: 2").line, code("a: 1\na: 2").problem.code), (2, "duplicate-key".to_owned()));
        assert_eq!(code("a: &x 1\nb: *x").problem.code, "alias");
        assert_eq!(code("a: [1\nb: }").problem.code, "invalid-yaml");
        assert_eq!(code("").problem.code, "empty");
    }
}
