//! What is different between two editions of a request.

use std::collections::BTreeMap;

use domain::{
    audit::AuditEvent,
    plan::{self, Step},
    request::{Request, Verdict},
    template::Inputs,
};
use serde::{Deserialize, Serialize};

use super::{
    prepare::Prepared,
    replan_request::{Turn, cost_sentence, differences},
};

/// What an edit changed. The history keeps it, and pages show it from there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edited {
    /// Which edition it made.
    pub edition: u32,
    /// What was asked for until then.
    pub before: Wanted,
    /// What is asked for since.
    pub after: Wanted,
    /// What the new plan does otherwise than the earlier one.
    pub plan: Vec<PlanDifference>,
}

/// What one edition of a request asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// The name of the stack.
    pub stack_name: String,
    /// The name of the place.
    pub environment: String,
    /// The answers; secrets by reference.
    pub inputs: Inputs,
    /// Why.
    pub reason: String,
    /// What it comes to a month, in millionths of a US dollar.
    pub monthly_micros: i64,
    /// What an approval of it signs.
    pub seal: String,
}

/// Something that the plan of one edition does otherwise than that of the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanDifference {
    /// As a sentence.
    pub sentence: String,
    /// What becomes of its step; none where the sentence is not about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// Field by field: as the earlier plan would leave it, and as this one would.
    pub fields: Vec<plan::Change>,
}

/// All that was edited since somebody looked.
#[derive(Clone, Debug, PartialEq)]
pub struct EditedSince {
    /// Who looked.
    pub seen: Seen,
    /// The edits after that, together.
    pub edit: Edited,
    /// The position of the last of them in the history.
    pub last: i64,
}

/// Who has looked at what was asked for, as their decision shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The reader.
    ByReader,
    /// Somebody else, who decided so.
    By(String, Verdict),
    /// Nobody: then it is the last edit alone.
    ByNobody,
}

impl Wanted {
    /// What a request asks for, of a stack and in a place with these names.
    pub(super) fn of(request: &Request, stack_name: &str, environment: &str) -> Self {
        Self {
            stack_name: stack_name.to_owned(),
            environment: environment.to_owned(),
            inputs: request.inputs.clone(),
            reason: request.reason.clone(),
            monthly_micros: request.cost.monthly_micros,
            seal: request.seal.clone(),
        }
    }
}

/// What the new plan does otherwise, with the values that the earlier one would have left.
pub(super) fn plan_differences(before: &Request, after: &Prepared) -> Vec<PlanDifference> {
    if before.plan == after.plan && before.cost == after.cost {
        return vec![];
    }
    let fields = |step: &Step| before.plan.step(&step.id).map(|earlier| step.otherwise(earlier));
    let found = differences(before, after).into_iter();
    found
        .map(|one| PlanDifference {
            fields: one.step.as_ref().and_then(fields).unwrap_or_default(),
            sentence: one.sentence,
            turn: one.turn,
        })
        .collect()
}

/// What was edited since the reader's last decision, or else since the last one of anybody else that there are edits
/// after. Nothing where the reader has decided about what is asked for now.
pub(super) fn edited_since(history: &[AuditEvent], edits: &BTreeMap<i64, Edited>, reader: &str) -> Option<EditedSince> {
    let (&last, newest) = edits.last_key_value()?;
    let decisions = || {
        history.iter().rev().filter_map(|event| {
            let verdict = match event.entry.action.as_str() {
                "request.approved" => Verdict::Approve,
                "request.changes_asked" => Verdict::AskForChanges,
                _ => return None,
            };
            Some((event, verdict))
        })
    };
    let own = decisions().find(|(event, _)| event.entry.actor == reader);
    let (seen, after) = match own.or_else(|| decisions().find(|(event, _)| event.position < last)) {
        Some((event, _)) if event.entry.actor == reader => (Seen::ByReader, event.position),
        Some((event, verdict)) => (Seen::By(event.entry.actor_name.clone(), verdict), event.position),
        None => return Some(EditedSince { seen: Seen::ByNobody, edit: newest.clone(), last }),
    };
    let since: Vec<&Edited> = edits.range(after..).map(|(_, edit)| edit).collect();
    Some(EditedSince { seen, edit: together(&since)?, last })
}

/// What several edits changed together, oldest first: what one of them did and another took back is not in it.
fn together(edits: &[&Edited]) -> Option<Edited> {
    let (first, last) = (*edits.first()?, *edits.last()?);
    let mut plan: Vec<PlanDifference> = vec![];
    for edit in edits {
        let cost = cost_sentence(edit.before.monthly_micros, edit.after.monthly_micros);
        for one in edit.plan.iter().filter(|one| one.sentence != cost) {
            match plan.iter().position(|known| known.is_about_the_same(one)) {
                Some(at) => {
                    let known = plan.remove(at);
                    plan.splice(at..at, known.then(one));
                }
                None => plan.push(one.clone()),
            }
        }
    }
    let (was, is) = (first.before.monthly_micros, last.after.monthly_micros);
    if was != is {
        plan.push(PlanDifference { sentence: cost_sentence(was, is), turn: None, fields: vec![] });
    }
    Some(Edited { edition: last.edition, before: first.before.clone(), after: last.after.clone(), plan })
}

impl PlanDifference {
    fn is_about_the_same(&self, other: &Self) -> bool {
        match (&self.turn, &other.turn) {
            (Some(own), Some(turn)) => own.step == turn.step,
            _ => self.sentence == other.sentence,
        }
    }

    /// Whether it does the same to the same fields, and yet is different: in what it waits for, say.
    fn is_silent(&self) -> bool {
        self.fields.is_empty() && self.turn.as_ref().is_none_or(|turn| turn.from == turn.to)
    }

    /// What is left of it after a later edit in the same place.
    fn then(mut self, later: &Self) -> Option<Self> {
        let is_told = self.is_silent() || later.is_silent();
        for field in &later.fields {
            match self.fields.iter_mut().find(|known| known.path == field.path) {
                Some(known) => known.after = field.after.clone(),
                None => self.fields.push(field.clone()),
            }
        }
        self.fields.retain(|field| field.before != field.after);
        if let (Some(turn), Some(next)) = (&mut self.turn, &later.turn) {
            turn.to = next.to;
            if turn.from.is_none() || turn.to.is_none() {
                // Nobody saw fields of a step that was not there.
                self.fields.clear();
            }
            self.sentence = turn.sentence();
        }
        (is_told || !self.is_silent()).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use domain::plan::{Act, Change};
    use serde_json::json;

    use super::*;
    use crate::testing::house;

    /// An edit of one step: what the plans before and after it do there, and from which count to which.
    fn edit(step: &str, acts: [Option<Act>; 2], counts: [i64; 2]) -> Edited {
        let wanted = |count: i64| Wanted {
            stack_name: "orders".to_owned(),
            environment: "staging".to_owned(),
            inputs: [("count".to_owned(), json!(count))].into(),
            reason: String::new(),
            monthly_micros: count * 1_000_000,
            seal: count.to_string(),
        };
        let [from, to] = acts;
        let turn = Turn { step: step.to_owned(), name: step.to_owned(), from, to };
        let field = Change { path: "count".to_owned(), before: json!(counts[0]), after: json!(counts[1]) };
        let fields = if from.is_some() && to.is_some() { vec![field] } else { vec![] };
        let cost = cost_sentence(counts[0] * 1_000_000, counts[1] * 1_000_000);
        let plan = vec![
            PlanDifference { sentence: turn.sentence(), turn: Some(turn), fields },
            PlanDifference { sentence: cost, turn: None, fields: vec![] },
        ];
        Edited { edition: 2, before: wanted(counts[0]), after: wanted(counts[1]), plan }
    }

    fn sentences(edits: &[Edited]) -> Vec<String> {
        let edits: Vec<&Edited> = edits.iter().collect();
        together(&edits).unwrap().plan.into_iter().map(|one| one.sentence).collect()
    }

    #[test]
    fn edits_together_say_what_came_of_them() {
        let (update, replace) = (Some(Act::Update), Some(Act::Replace));
        let two = [edit("service", [update, update], [1, 2]), edit("service", [update, replace], [2, 4])];
        assert_eq!(
            sentences(&two),
            [
                "It would now replace the service instead of updating it.",
                "It would cost $4.00 a month instead of $1.00."
            ]
        );
        let one = together(&two.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!((&one.plan[0].fields[0].before, &one.plan[0].fields[0].after), (&json!(1), &json!(4)));
        assert_eq!((&one.before, &one.after), (&two[0].before, &two[1].after));
    }

    #[test]
    fn what_was_taken_back_is_no_difference() {
        let (update, create) = (Some(Act::Update), Some(Act::Create));
        let back = [edit("service", [update, update], [1, 2]), edit("service", [update, update], [2, 1])];
        assert!(sentences(&back).is_empty(), "{:?}", sentences(&back));
        let gone = [edit("logs", [None, create], [1, 1]), edit("logs", [create, None], [1, 1])];
        assert!(sentences(&gone).is_empty(), "{:?}", sentences(&gone));
    }

    #[tokio::test]
    async fn the_difference_goes_back_to_what_was_decided_about() {
        let house = house().await;
        house.approvals_needed(2).await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let since = async |reader| house.portal.request(reader, &id).await.unwrap().since;
        let edit = async |name: &str, value: serde_json::Value| {
            let mut draft = house.edit(&id).await;
            draft.inputs.insert(name.to_owned(), value);
            house.portal.edit(&house.dev, &draft).await.unwrap();
        };
        let decide = async |actor, verdict| {
            let seal = house.request(&id).await.seal;
            house.portal.decide(actor, &id, verdict, &seal, "Four tasks.").await.unwrap();
        };
        assert_eq!(since(&house.owner).await, None);
        edit("port", json!("8081")).await;
        assert_eq!(since(&house.owner).await.unwrap().seen, Seen::ByNobody);

        decide(&house.owner, Verdict::AskForChanges).await;
        assert_eq!(since(&house.owner).await, None, "what was decided about is what is asked for now");
        edit("count", json!("4")).await;
        edit("port", json!("9090")).await;
        let seen = since(&house.owner).await.unwrap();
        assert_eq!((seen.seen, seen.edit.edition), (Seen::ByReader, 4));
        let ports = (&seen.edit.before.inputs["port"], &seen.edit.after.inputs["port"]);
        assert_eq!(ports, (&json!(8081), &json!(9090)), "not what was edited before the decision");
        assert_eq!(seen.edit.after.inputs["count"], json!(4));
        let field = |path: &str| seen.edit.plan.iter().flat_map(|one| &one.fields).any(|field| field.path == path);
        assert!(field("desired_count"), "{:?}", seen.edit.plan);
        let other = Seen::By("Owner".to_owned(), Verdict::AskForChanges);
        assert_eq!(since(&house.platform).await.unwrap().seen, other);

        decide(&house.platform, Verdict::Approve).await;
        assert_eq!(since(&house.platform).await, None);
        assert_eq!(since(&house.dev).await.unwrap().seen, other, "nothing was edited since the approval");
    }
}
