//! What a template comes to before anybody has filled in its form.

use domain::{
    observation::Observation,
    plan::{
        Plan, Wish,
        build::{Site, build},
    },
    template::{
        Inputs,
        check::{sample, sample_environment},
        inputs::validate,
        render::{Surroundings, render},
        schema::Template,
    },
};

/// The plan for its defaults, and samples where there are none, in a place that has everything and nothing of it yet.
/// None where the samples do not fit together, which only a form can tell apart.
pub(super) fn typical(template: &Template) -> Option<Plan> {
    let required = template.inputs.iter().filter(|input| input.is_required());
    let given: Inputs = required.map(|input| (input.name.clone(), sample(input))).collect();
    let inputs = validate(template, &given).ok()?;
    let environment = sample_environment();
    let (stack, stack_name, team) = ("stk-SAMPLE".parse().ok()?, "name", "team");
    let around = Surroundings { environment: &environment, stack: stack_name, team };
    let desired = render(template, &inputs, &around).ok()?.desired;
    let site = Site { installation: "sample", environment: &environment, stack: &stack, stack_name, team };
    build(&site, Wish::Create, &desired, &[], &Observation::default()).ok()
}
