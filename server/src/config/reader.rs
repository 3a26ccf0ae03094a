//! Where settings come from: the environment first, then a file of the same names. What is wrong is gathered, so that
//! all of it can be told at once.

use std::{collections::BTreeMap, fs, path::Path};

use super::{
    BadConfig,
    settings::{PREFIX, SETTINGS},
};

/// Names the file.
pub(super) const FILE: &str = "GANTRY_CONFIG";

/// How many letters a name may differ by and still be taken for another one, misspelt.
const MISSPELT: usize = 2;

/// What is set, and what is wrong with it.
#[derive(Default)]
pub(super) struct Reader {
    /// Name, value, and the file it stands in.
    set: BTreeMap<String, (String, Option<String>)>,
    pub(super) asked: Vec<&'static str>,
    pub(super) problems: Vec<BadConfig>,
    /// Variables that look like ours and are not.
    pub(super) unknown: Vec<String>,
}

impl Reader {
    /// Over the environment, and the file that it names.
    pub(super) fn new(environment: BTreeMap<String, String>) -> Self {
        let mut reader = Self::default();
        let file = environment.get(FILE).map(|path| path.trim().to_owned()).filter(|path| !path.is_empty());
        reader.environment(environment);
        if let Some(file) = file {
            reader.file(&file);
        }
        reader.asked.push(FILE);
        reader
    }

    /// The value of a setting; one that is only space is not set.
    pub(super) fn get(&mut self, name: &'static str) -> Option<String> {
        self.asked.push(name);
        self.set.get(name).map(|(value, _)| value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// The value of a setting that stands in the file, and the file.
    pub(super) fn in_which_file(&self, name: &str) -> Option<(&str, &str)> {
        let (value, file) = self.set.get(name)?;
        Some((value, file.as_deref()?))
    }

    /// How many settings come from a file.
    pub(super) fn in_file(&self) -> usize {
        self.set.values().filter(|(_, file)| file.is_some()).count()
    }

    /// Something is wrong with the value of a setting.
    pub(super) fn wrong(&mut self, name: &str, problem: impl Into<String>) {
        let variable = match self.set.get(name) {
            Some((_, Some(file))) => format!("{name} in {file}"),
            _ => name.to_owned(),
        };
        self.problems.push(BadConfig { variable, problem: problem.into() });
    }

    /// A name of ours that is nearly another's is a slip of the pen, and wrong; any other may be somebody else's: an
    /// orchestrator sets `GANTRY_PORT` for a service of that name.
    fn environment(&mut self, environment: BTreeMap<String, String>) {
        for (name, value) in environment {
            if is_setting(&name) {
                self.set.insert(name, (value, None));
            } else if name.starts_with(PREFIX) {
                match nearest(&name).filter(|known| distance(known, &name) <= MISSPELT) {
                    Some(known) => self.no_such(name, known),
                    None => self.unknown.push(name),
                }
            }
        }
    }

    /// Everything in the file is meant for us, so whatever is no setting is wrong.
    fn file(&mut self, path: &str) {
        let table = match fs::read_to_string(Path::new(path)) {
            Ok(text) => text.parse::<toml::Table>().map_err(|error| first_line(&error, &text)),
            Err(error) => Err(format!("`{path}` cannot be read: {error}")),
        };
        let table = match table {
            Ok(table) => table,
            Err(problem) => return self.problems.push(BadConfig { variable: FILE.to_owned(), problem }),
        };
        for (name, value) in table {
            let at = || format!("{name} in {path}");
            if name == FILE {
                let problem = "a file of settings cannot name another one.".to_owned();
                self.problems.push(BadConfig { variable: at(), problem });
            } else if !is_setting(&name) {
                match nearest(&name) {
                    Some(known) => self.no_such(at(), known),
                    None => self
                        .problems
                        .push(BadConfig { variable: at(), problem: "there is no such setting.".to_owned() }),
                }
            } else if let Some(value) = text(&value) {
                self.set.entry(name).or_insert((value, Some(path.to_owned())));
            } else {
                let problem = "must be a text, a number, or a list of texts.".to_owned();
                self.problems.push(BadConfig { variable: at(), problem });
            }
        }
    }

    fn no_such(&mut self, variable: String, known: &str) {
        let problem = format!("there is no such setting; did you mean {known}?");
        self.problems.push(BadConfig { variable, problem });
    }
}

fn is_setting(name: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.name == name)
}

fn distance(known: &str, name: &str) -> usize {
    strsim::damerau_levenshtein(known, name)
}

/// The setting whose name is most like this one; names are compared in capitals, with our prefix or without.
fn nearest(name: &str) -> Option<&'static str> {
    let capitals = name.to_uppercase();
    let spelt = if capitals.starts_with(PREFIX) { capitals } else { format!("{PREFIX}{capitals}") };
    SETTINGS.iter().map(|setting| setting.name).min_by_key(|known| distance(known, &spelt))
}

/// As a variable would hold it.
fn text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            Some(texts?.join(","))
        }
        _ => None,
    }
}

/// `line 3: invalid string`: a file of settings may hold the key, so its text is not repeated.
fn first_line(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
    format!("line {line}: {}", error.message())
}
