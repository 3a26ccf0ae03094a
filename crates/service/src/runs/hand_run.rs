//! Handing a run that waits to somebody, with a note, and back. It takes nothing from anybody: whoever may steer the run
//! still may. The log of the run says who has it.

use domain::{
    Problem,
    authz::{Action, Denied, Object, may},
    ids::{RunId, TeamId},
    people::{Actor, PlatformRole, User},
    run::{Event, Handed, Hands, Run, RunStatus},
};
use provisioner::wake::Change;
use serde_json::json;
use storage::Transaction;

use super::{
    read_log::{Log, read_log},
    show_run::seen_run,
};
use crate::{Portal, Result, ServiceError, requests::reason_problem};

/// As the log names [`Hands::Platform`].
const PLATFORM_TEAM: &str = "the platform team";

/// To whom a run that waits can be handed.
#[derive(Clone, Debug)]
pub struct Handing {
    /// Whether the reader may hand it on, and back; or why not.
    pub may: Result<(), Denied>,
    /// Who may steer it, by name.
    pub to: Vec<User>,
    /// Whether somebody is in the platform team.
    pub platform: bool,
    /// Whether who has it may steer it no longer: they left, or their role or account was taken from them.
    pub is_lost: bool,
}

impl Handing {
    pub(super) fn new(may: Result<(), Denied>, to: Vec<User>, handed: Option<&Handed>) -> Self {
        let mut handing = Self { may, to, platform: false, is_lost: false };
        handing.platform = handing.name_of(&Hands::Platform).is_some();
        handing.is_lost = handed.is_some_and(|handed| handing.name_of(&handed.to).is_none());
        handing
    }

    /// Whom these hands are, if they may steer it.
    fn name_of(&self, hands: &Hands) -> Option<&str> {
        match hands {
            Hands::Platform => {
                let is_there = self.to.iter().any(|user| user.platform_role == Some(PlatformRole::Platform));
                is_there.then_some(PLATFORM_TEAM)
            }
            Hands::Person(id) => self.to.iter().find(|user| user.id == *id).map(|user| user.name.as_str()),
        }
    }
}

impl Portal {
    /// Hands a run to somebody who may steer it: `usr-…` or `platform` (problems at `to` and `note`). Returns where the
    /// run stands.
    pub async fn hand_run(&self, actor: &Actor, id: &RunId, to: &str, note: &str) -> Result<RunStatus> {
        let note = note.trim();
        self.change_hands(actor, id, Some((to.trim(), note))).await
    }

    /// Takes it out of everybody's hands.
    pub async fn hand_run_back(&self, actor: &Actor, id: &RunId) -> Result<RunStatus> {
        self.change_hands(actor, id, None).await
    }

    async fn change_hands(&self, actor: &Actor, id: &RunId, asked: Option<(&str, &str)>) -> Result<RunStatus> {
        let now = self.now();
        let mut tx = self.storage.begin().await?;
        let (run, request) = seen_run(&mut *tx, actor, id).await?;
        may(actor, Action::SteerRun, Object { team: Some(&request.team), requester: None })?;
        let Log { state, unreadable, .. } = read_log(&mut *tx, id, &request.plan).await?;
        if !can_be_handed(&run, unreadable.is_some()) {
            return Err(ServiceError::conflict(match unreadable {
                Some(_) => "The log of this run cannot be read, so nobody would see to whom it was handed.".to_owned(),
                None => format!(
                    "The run is {} now; only one that waits for somebody can be handed over.",
                    run.status.as_str().replace('_', " ")
                ),
            }));
        }
        let by = actor.user.name.clone();
        let able = who_may_steer(&mut *tx, &request.team).await?;
        let handing = Handing::new(Ok(()), able, state.handed.as_ref());
        let had = state.handed.as_ref().map(|handed| handed.name.as_str());
        let (event, action, summary, detail) = match (asked, had) {
            (Some((to, note)), _) => {
                let (to, name) = whom(&handing, to, note)?;
                let same = |has: &Handed| has.to == to && has.note == note && has.by == by;
                if state.handed.as_ref().is_some_and(same) {
                    // Said twice, by whoever presses twice.
                    return Ok(run.status);
                }
                let summary = match &to {
                    Hands::Person(id) if *id == actor.user.id => format!("{by} took the run in hand"),
                    _ => format!("{by} handed the run to {name}"),
                };
                let detail = json!({"to": to, "reason": note, "before": had, "after": name});
                (Event::HandedTo { to, name, note: note.to_owned(), by }, "run.handed_to", summary, detail)
            }
            (None, Some(name)) => {
                let summary = format!("{by} took the run out of the hands of {name}");
                (Event::HandedBack { by }, "run.handed_back", summary, json!({"before": name}))
            }
            (None, None) => return Ok(run.status),
        };
        tx.append_choice(id, &event, now).await?;
        let mut entry = self.entry(actor, action, id, summary);
        entry.team = Some(request.team.to_string());
        entry.detail = detail;
        tx.append_audit(&entry).await?;
        tx.commit().await?;
        self.changes.publish(Change { request: Some(run.request), run: Some(run.id), stack: Some(run.stack) });
        Ok(run.status)
    }
}

/// Whether it waits for somebody, and its log would tell for whom.
pub(super) fn can_be_handed(run: &Run, is_unreadable: bool) -> bool {
    run.status.is_waiting() && !is_unreadable
}

/// Who may steer the runs of a team, by name.
pub(super) async fn who_may_steer(tx: &mut dyn Transaction, team: &TeamId) -> Result<Vec<User>> {
    let members = tx.list_members(team).await?;
    let owner = tx.lookup_team(team).await?.ok_or_else(|| ServiceError::corrupt(team, "it is missing"))?;
    let mut found = vec![];
    for user in tx.list_users().await? {
        let role = members.iter().find(|(member, _)| member.id == user.id).map(|(_, role)| *role);
        let teams = role.map(|role| (owner.clone(), role)).into_iter().collect();
        let person = Actor { user, teams, address: None };
        if may(&person, Action::SteerRun, Object { team: Some(team), requester: None }).is_ok() {
            found.push(person.user);
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// To whom it is to be handed, with their name.
fn whom(handing: &Handing, to: &str, note: &str) -> Result<(Hands, String)> {
    let too_long = reason_problem(note).map(|problem| Problem { path: "note".to_owned(), ..problem });
    let hands = to.parse::<Hands>().ok();
    let name = hands.as_ref().and_then(|hands| handing.name_of(hands)).map(str::to_owned);
    let (code, message) = match (&hands, to) {
        (_, "") => ("required", "Say who is to see to it."),
        (Some(Hands::Platform), _) => {
            ("nobody-there", "Nobody is in the platform team. Take somebody of its own team.")
        }
        _ => (
            "cannot-steer",
            "This person may not steer the run. Take a developer or owner of its team, or the platform team.",
        ),
    };
    match (hands.zip(name), too_long) {
        (Some(found), None) => Ok(found),
        (found, too_long) => {
            let wrong = found.is_none().then(|| Problem::new(code, "to", message));
            Err(ServiceError::Invalid(wrong.into_iter().chain(too_long).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        audit::AuditEvent,
        kinds::Kind,
        people::TeamRole,
        run::{Choice, Handed, StepEvent},
    };
    use provisioner::{cloud::Class, fake::refusal};

    use super::*;
    use crate::testing::{House, house, houses};

    async fn failed(house: &House) -> RunId {
        house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.carry_out(&id).await;
        house.request(&id).await.run.unwrap()
    }

    async fn handed(house: &House, run: &RunId) -> Option<Handed> {
        house.portal.run(&house.auditor, run).await.unwrap().state.handed
    }

    /// On both databases: who has it is found by what is written.
    #[tokio::test]
    async fn a_run_that_waits_is_handed_to_a_person_on_and_back() {
        for house in houses().await {
            let run = failed(&house).await;
            assert_eq!(handed(&house, &run).await, None);
            house.clock.advance(60);
            let owner = house.owner.user.id.as_str();
            let status = house.portal.hand_run(&house.dev, &run, owner, " Is it the quota? ").await.unwrap();
            assert_eq!(status, RunStatus::NeedsChoice);
            let at_first = handed(&house, &run).await.unwrap();
            let since = house.portal.now();
            let to = Hands::Person(house.owner.user.id.clone());
            let (name, note, by) = ("Owner".to_owned(), "Is it the quota?".to_owned(), "Dev".to_owned());
            assert_eq!(at_first, Handed { to, name, note, by, since });

            for _ in 0..2 {
                house.portal.hand_run(&house.owner, &run, "platform", "").await.unwrap();
                house.clock.advance(60);
            }
            let next = handed(&house, &run).await.unwrap();
            assert_eq!((next.to, next.name.as_str(), next.by.as_str()), (Hands::Platform, PLATFORM_TEAM, "Owner"));
            house.portal.hand_run_back(&house.dev, &run).await.unwrap();
            assert_eq!(handed(&house, &run).await, None);
            // Again is what whoever presses twice says: it is so already.
            house.portal.hand_run_back(&house.dev, &run).await.unwrap();

            let lines = house.history().await;
            let told: Vec<&str> = lines.iter().map(|event| event.entry.summary.as_str()).collect();
            let expected = [
                "Dev handed the run to Owner",
                "Owner handed the run to the platform team",
                "Dev took the run out of the hands of the platform team",
            ];
            assert!(told.ends_with(&expected), "{told:?}");
            assert_eq!(told.iter().filter(|summary| summary.contains("hand")).count(), 3, "{told:?}");
            let first = &lines[lines.len() - 3].entry;
            assert_eq!((&first.detail["reason"], &first.detail["to"]), (&"Is it the quota?".into(), &owner.into()));
            assert_eq!(first.team.as_deref(), Some(house.team.as_str()));
        }
    }

    #[tokio::test]
    async fn only_who_may_steer_hands_it_and_only_to_who_may() {
        let house = house().await;
        let run = failed(&house).await;
        let mut tx = house.portal.storage.begin().await.unwrap();
        tx.set_membership(&house.team, &house.auditor.user.id, TeamRole::Viewer).await.unwrap();
        tx.commit().await.unwrap();
        let hand = async |actor: &Actor, to: &str| house.portal.hand_run(actor, &run, to, "").await;
        let owner = house.owner.user.id.as_str();
        assert_eq!(hand(&house.auditor, owner).await.unwrap_err().code(), "denied");
        assert_eq!(house.portal.hand_run_back(&house.auditor, &run).await.unwrap_err().code(), "denied");
        assert_eq!(hand(&house.other_dev, owner).await.unwrap_err().code(), "not-found");
        let nobody = "usr-NOBODY";
        let others = [&house.auditor, &house.other_dev, &house.admin].map(|other| other.user.id.as_str());
        for to in others.into_iter().chain([nobody, "someone"]) {
            let refused = hand(&house.dev, to).await.unwrap_err();
            let problem = &refused.problems()[0];
            assert_eq!((problem.code.as_str(), problem.path.as_str()), ("cannot-steer", "to"), "{to}");
        }
        let silent = house.portal.hand_run(&house.dev, &run, " ", &"x".repeat(2001)).await.unwrap_err();
        let problems: Vec<_> = silent.problems().iter().map(|one| (one.code.as_str(), one.path.as_str())).collect();
        assert_eq!(problems, [("required", "to"), ("too-long", "note")]);
        assert_eq!(handed(&house, &run).await, None);

        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        let handing = detail.handing.unwrap();
        let names: Vec<&str> = handing.to.iter().map(|user| user.name.as_str()).collect();
        assert_eq!((handing.may.is_ok(), names), (true, vec!["Dev", "Owner", "Platform"]));
        assert!(handing.platform && !handing.is_lost);
        for user in &handing.to {
            hand(&house.dev, user.id.as_str()).await.unwrap();
        }
        let said = |event: &AuditEvent| event.entry.summary.clone();
        let last: Vec<String> = house.history().await.iter().rev().take(3).map(said).collect();
        assert_eq!(last[2], "Dev took the run in hand");
    }

    /// On both databases. Nothing is stuck in the hands of somebody who is not there any more: it says so, whoever may steer
    /// it finds it, and it is not found by the one who may not.
    #[tokio::test]
    async fn whoever_may_steer_no_longer_has_nothing_in_hand() {
        for house in houses().await {
            let run = failed(&house).await;
            let owner = &house.owner.user;
            let hand = async |to: &str| house.portal.hand_run(&house.dev, &run, to, "").await;
            let lost = async || house.portal.run(&house.dev, &run).await.unwrap().handing.unwrap().is_lost;
            let found =
                async |actor: &Actor| house.portal.inbox(actor, &storage::Page::default()).await.unwrap().in_hand.len();
            let set_role = async |role: Option<TeamRole>| {
                let mut tx = house.portal.storage.begin().await.unwrap();
                match role {
                    Some(role) => tx.set_membership(&house.team, &owner.id, role).await.unwrap(),
                    None => assert!(tx.remove_membership(&house.team, &owner.id).await.unwrap()),
                }
                tx.commit().await.unwrap();
            };
            let disable = async |user: &User, disabled: bool| {
                let mut tx = house.portal.storage.begin().await.unwrap();
                let user = tx.lookup_user(&user.id).await.unwrap().unwrap();
                tx.update_user(&User { disabled, ..user }).await.unwrap();
                tx.commit().await.unwrap();
            };
            hand(owner.id.as_str()).await.unwrap();
            assert_eq!((lost().await, found(&house.owner).await), (false, 1));

            for role in [Some(TeamRole::Viewer), None] {
                set_role(role).await;
                let mut now = house.owner.clone();
                now.teams = now.teams.into_iter().filter_map(|(team, _)| Some((team, role?))).collect();
                assert_eq!((lost().await, found(&now).await), (true, 0), "{role:?}");
                assert_eq!(hand(owner.id.as_str()).await.unwrap_err().problems()[0].code, "cannot-steer");
                let steered = house.portal.hand_run_back(&now, &run).await.unwrap_err();
                assert!(["denied", "not-found"].contains(&steered.code()), "{role:?}: {steered}");
            }
            set_role(Some(TeamRole::Owner)).await;
            assert!(!lost().await, "it never stopped being theirs");
            disable(owner, true).await;
            assert!(lost().await);
            assert_eq!(hand(owner.id.as_str()).await.unwrap_err().problems()[0].code, "cannot-steer");

            hand("platform").await.unwrap();
            assert_eq!((lost().await, found(&house.platform).await), (false, 1));
            disable(&house.platform.user, true).await;
            assert!(lost().await, "nobody is left there");
            let empty = hand("platform").await.unwrap_err();
            assert_eq!((empty.problems()[0].code.as_str(), empty.problems()[0].path.as_str()), ("nobody-there", "to"));
            assert!(!house.portal.run(&house.dev, &run).await.unwrap().handing.unwrap().platform);
            hand(house.dev.user.id.as_str()).await.unwrap();
            assert_eq!((lost().await, found(&house.dev).await), (false, 1));
        }
    }

    /// It ends like any other, and nothing of it is left in anybody's inbox.
    #[tokio::test]
    async fn a_run_that_was_handed_over_and_ended_is_in_nobodys_inbox() {
        let house = house().await;
        let run = failed(&house).await;
        house.portal.hand_run(&house.dev, &run, house.owner.user.id.as_str(), "").await.unwrap();
        assert_eq!(house.portal.inbox_count(&house.owner).await.unwrap(), 1);
        house.portal.steer(&house.dev, &run, Choice::Keep, "").await.unwrap();
        assert_eq!(house.portal.inbox_count(&house.owner).await.unwrap(), 0);
        let ended = house.portal.hand_run(&house.dev, &run, "platform", "").await.unwrap_err();
        assert_eq!(ended.code(), "conflict");
        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        assert!(detail.handing.is_none() && detail.unreadable.is_none(), "{:?}", detail.unreadable);
    }

    /// Two at once: each is written down, the last one counts, and the log still makes sense.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_who_hand_it_over_at_once_are_both_written_down() {
        for house in houses().await {
            let run = failed(&house).await;
            let (dev, owner) = (house.dev.user.id.as_str(), house.owner.user.id.as_str());
            let hand = async |actor: &Actor, to: &str| house.portal.hand_run(actor, &run, to, "").await.unwrap();
            tokio::join!(hand(&house.dev, owner), hand(&house.owner, dev));
            let log = house.portal.run_log(&house.dev, &run, 0).await.unwrap().events;
            let handed: Vec<&Event> = log.iter().rev().take(2).map(|logged| &logged.event).collect();
            assert!(handed.iter().all(|event| matches!(event, Event::HandedTo { .. })), "{handed:?}");
            let Event::HandedTo { to, .. } = handed[0] else { unreachable!() };
            let detail = house.portal.run(&house.dev, &run).await.unwrap();
            assert_eq!((&detail.state.handed.unwrap().to, detail.unreadable), (to, None));
        }
    }

    /// Who has it does not keep others from acting, and it stays theirs until somebody says otherwise.
    #[tokio::test]
    async fn whoever_may_steer_it_still_may() {
        let house = house().await;
        let run = failed(&house).await;
        house.portal.hand_run(&house.dev, &run, house.owner.user.id.as_str(), "").await.unwrap();
        house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
        house.portal.steer(&house.platform, &run, Choice::Retry, "").await.unwrap();
        let running = house.portal.hand_run(&house.dev, &run, "platform", "").await.unwrap_err();
        assert_eq!(running.code(), "conflict");
        house.work().await;
        assert_eq!(handed(&house, &run).await.unwrap().name, "Owner");
        house.portal.steer(&house.dev, &run, Choice::Retry, "").await.unwrap();
        house.work().await;
        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        assert_eq!((detail.run.status, detail.handing.is_some()), (RunStatus::Succeeded, false));
        assert_eq!(house.portal.hand_run_back(&house.dev, &run).await.unwrap_err().code(), "conflict");
    }

    #[tokio::test]
    async fn an_undo_that_failed_is_handed_to_the_platform_team() {
        let house = house().await;
        let run = failed(&house).await;
        house.cloud.fail_next(Kind::LogGroup, refusal(Class::Refused, "OperationAbortedException"));
        house.portal.steer(&house.dev, &run, Choice::Undo, "").await.unwrap();
        house.work().await;
        let status = house.portal.hand_run(&house.dev, &run, "platform", "It is not ours").await.unwrap();
        assert_eq!(status, RunStatus::NeedsAttention);
        house.portal.steer(&house.platform, &run, Choice::Retry, "").await.unwrap();
        house.work().await;
        assert_eq!(house.portal.run(&house.dev, &run).await.unwrap().run.status, RunStatus::Undone);
    }

    #[tokio::test]
    async fn a_run_whose_log_nobody_can_read_is_not_handed_over() {
        let house = house().await;
        let run = failed(&house).await;
        let mut tx = house.portal.storage.begin().await.unwrap();
        let stray = Event::Step { step: "nobody".to_owned(), event: StepEvent::Started };
        tx.append_choice(&run, &stray, house.portal.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(house.portal.run(&house.dev, &run).await.unwrap().handing.is_none());
        let refused = house.portal.hand_run(&house.dev, &run, "platform", "").await.unwrap_err();
        assert!(refused.code() == "conflict" && refused.to_string().contains("cannot be read"), "{refused}");
    }
}
