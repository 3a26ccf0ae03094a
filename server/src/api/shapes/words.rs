//! Closed sets of words. They are the domain's, and so is what the document says of them.

use std::borrow::Cow;

use domain::{
    environment::Approvers,
    people::{PlatformRole, TeamRole},
    plan::{Act, Wish},
    request::{RequestStatus, Verdict},
    run::{Choice, RunStatus},
    stack::StackStatus,
    token::Scope,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident of $word:ty = $about:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = <$word>::ALL.iter().map(|word| word.as_str());
                let object = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
                object.description(Some($about)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

words! {
    /// [`Act`]
    ActWord of Act = "What a step does to a resource.";
    /// [`Approvers`]
    ApproversWord of Approvers = "Whose yes counts: that of the team's owners and the platform team, or of the platform team alone.";
    /// [`Choice`]
    ChoiceWord of Choice = "What can be chosen for a run.";
    /// [`PlatformRole`]
    PlatformRoleWord of PlatformRole = "A role across teams.";
    /// [`RequestStatus`]
    RequestStatusWord of RequestStatus = "Where a request stands.";
    /// [`RunStatus`]
    RunStatusWord of RunStatus = "Where a run stands.";
    /// [`Scope`]
    ScopeWord of Scope = "What a token may be used for.";
    /// [`StackStatus`]
    StackStatusWord of StackStatus = "Where a stack stands.";
    /// [`TeamRole`]
    TeamRoleWord of TeamRole = "A role in a team.";
    /// [`Verdict`]
    VerdictWord of Verdict = "What an approver says.";
    /// [`Wish`]
    WishWord of Wish = "What a request wants.";
}
