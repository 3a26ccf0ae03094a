//! Templates, and what their inputs look like to a program.

use domain::{
    DateTime, Utc,
    template::{
        Inputs,
        inputs::fargate_pairs,
        schema::{Input, InputType, Maturity, Section},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use service::{
    catalogue::{TemplateCard, TemplateDetail},
    requests::ValidInputs,
};
use utoipa::ToSchema;

use super::{
    Permission,
    request::{ClearText, secrets},
};
use crate::api::problem::Wrong;

/// A template as lists show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateSummary)]
pub struct Listed {
    /// Its name.
    #[schema(example = "web-service")]
    name: String,
    /// Its latest version.
    #[schema(example = "1.0.0")]
    version: String,
    /// Its name as shown.
    title: String,
    /// One sentence: what you get.
    summary: String,
    /// The team that keeps it.
    owner: String,
    /// `experimental`, `stable` or `deprecated`.
    #[schema(value_type = String, example = "stable")]
    maturity: Maturity,
    /// What it typically costs a month, in millionths of a US dollar.
    typical_monthly_micros: Option<i64>,
    /// How long it typically takes.
    typical_seconds: Option<u32>,
}

impl From<&TemplateCard> for Listed {
    fn from(card: &TemplateCard) -> Self {
        let template = &card.shelved.template;
        let priced = card.cost.as_ref().filter(|cost| cost.unpriced.is_none());
        Self {
            name: template.name.clone(),
            version: template.version.clone(),
            title: template.title.clone(),
            summary: template.summary.clone(),
            owner: template.owner.clone(),
            maturity: template.maturity,
            typical_monthly_micros: priced.map(|cost| cost.monthly_micros),
            typical_seconds: card.shelved.typical.as_ref().map(|plan| plan.longest_path().1),
        }
    }
}

/// All that can be asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Templates {
    /// By name.
    pub items: Vec<Listed>,
}

/// A template revision.
#[derive(Debug, Serialize, ToSchema)]
pub struct Template {
    #[serde(flatten)]
    summary: Listed,
    /// What one should know, in Markdown.
    docs: String,
    /// SHA-256 of the revision as it was published.
    hash: String,
    /// When it was published.
    published_at: DateTime<Utc>,
    /// The parts of its form, in order.
    #[schema(value_type = Vec<Object>)]
    sections: Vec<Section>,
    /// What it asks, in order, with titles, help and conditions.
    #[schema(value_type = Vec<Object>)]
    inputs: Vec<Input>,
    /// The JSON Schema of `inputs` in a request. Conditions (`when`) are not in it: ask `validate`.
    #[schema(value_type = Object)]
    input_schema: Json,
    /// The JSON Schema of `secrets` in a request.
    #[schema(value_type = Object)]
    secret_schema: Json,
    /// Whether the caller may ask for it in any of their teams.
    may_request: Permission,
}

impl From<TemplateDetail> for Template {
    fn from(detail: TemplateDetail) -> Self {
        let may = detail.refused.map_or(Ok(()), Err);
        let template = &detail.card.shelved.template;
        let (secret, plain): (Vec<&Input>, Vec<&Input>) =
            template.inputs.iter().partition(|input| matches!(input.kind, InputType::Secrets { .. }));
        Self {
            summary: (&detail.card).into(),
            docs: template.docs.clone(),
            hash: detail.card.shelved.revision.hash.clone(),
            published_at: detail.card.shelved.revision.published_at,
            sections: template.sections.clone(),
            inputs: template.inputs.clone(),
            input_schema: object(&plain),
            secret_schema: object(&secret),
            may_request: (&may).into(),
        }
    }
}

fn object(inputs: &[&Input]) -> Json {
    let properties: Map<String, Json> = inputs.iter().map(|input| (input.name.clone(), described(input))).collect();
    // What is only asked sometimes cannot be required always.
    let required: Vec<&str> = inputs
        .iter()
        .filter(|input| input.is_required() && input.when.is_none())
        .map(|input| input.name.as_str())
        .collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn described(input: &Input) -> Json {
    let mut schema = of_type(&input.kind);
    schema["title"] = input.title.as_str().into();
    if !input.help.is_empty() {
        schema["description"] = input.help.as_str().into();
    }
    if let Some(default) = &input.default {
        schema["default"] = default.clone();
    }
    schema
}

fn of_type(kind: &InputType) -> Json {
    let texts =
        |max: &usize| json!({"type": "object", "maxProperties": max, "additionalProperties": {"type": "string"}});
    match kind {
        InputType::Text { pattern, min_length, max_length, .. } => {
            let mut schema = json!({"type": "string"});
            if let Some(pattern) = pattern {
                schema["pattern"] = format!("^(?:{pattern})$").into();
            }
            if let Some(least) = min_length {
                schema["minLength"] = (*least).into();
            }
            if let Some(most) = max_length {
                schema["maxLength"] = (*most).into();
            }
            schema
        }
        InputType::Number { min, max, .. } => json!({"type": "integer", "minimum": min, "maximum": max}),
        InputType::Boolean => json!({"type": "boolean"}),
        InputType::Choice { options } => {
            json!({"enum": options.iter().map(|option| option.value.as_str()).collect::<Vec<_>>()})
        }
        InputType::CpuMemory => {
            let pairs: Vec<String> =
                fargate_pairs().into_iter().map(|(cpu, memory)| format!("{cpu}/{memory}")).collect();
            json!({"enum": pairs})
        }
        InputType::Image => json!({"type": "string"}),
        InputType::Port => json!({"type": "integer", "minimum": 1, "maximum": 65_535}),
        InputType::Cidr { .. } => json!({"type": "string", "pattern": r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"}),
        InputType::Duration { min, max } => {
            json!({"type": "integer", "minimum": min, "maximum": max, "examples": [min], "x-unit": "seconds"})
        }
        InputType::List { of, max } => {
            json!({"type": "array", "items": of_type(of), "maxItems": max, "uniqueItems": true})
        }
        InputType::Variables { max } => texts(max),
        InputType::Secrets { max } => {
            let mut schema = texts(max);
            schema["writeOnly"] = true.into();
            schema
        }
        InputType::Reference { .. } => json!({"type": "string"}),
    }
}

/// Inputs to be checked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"inputs": {"image": "registry.example.com/shop/orders:1.0", "port": 8080}}))]
pub struct InputsToCheck {
    /// Answers to the template's inputs.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub inputs: Inputs,
    /// Clear text of secrets, by input and by name. It is not kept.
    #[serde(default)]
    secrets: ClearText,
}

impl InputsToCheck {
    /// Its parts.
    pub fn parts(self) -> (Inputs, service::requests::ClearSecrets) {
        (self.inputs, secrets(self.secrets))
    }
}

/// What is wrong with inputs, or what they come to.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedInputs {
    /// Whether nothing is wrong.
    valid: bool,
    /// All that is.
    errors: Vec<Wrong>,
    /// The inputs that count with these answers.
    visible: Vec<String>,
    /// All answers with defaults, where nothing is wrong; without secrets.
    #[schema(value_type = Option<Object>)]
    inputs: Option<Inputs>,
}

impl From<ValidInputs> for CheckedInputs {
    fn from(checked: ValidInputs) -> Self {
        Self {
            valid: checked.problems.is_empty(),
            errors: checked.problems.iter().map(Wrong::from).collect(),
            visible: checked.visible,
            inputs: checked.inputs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_templates_have_a_schema_of_their_inputs() {
        let source = include_str!("../../../../catalog/templates/web-service.yaml");
        let template = domain::template::check::parse(source).unwrap();
        let schema = object(&template.inputs.iter().collect::<Vec<_>>());
        assert_eq!(schema["required"], json!(["image"]));
        assert_eq!(schema["properties"]["port"]["maximum"], 65_535);
        assert_eq!(schema["properties"]["secrets"]["writeOnly"], true);
        assert!(schema["properties"]["size"]["enum"].as_array().unwrap().contains(&json!("256/512")));
    }
}
