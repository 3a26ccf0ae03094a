//! States as the word, icon and colour that are the same everywhere.

use app::Status;
use domain::{
    request::RequestStatus,
    run::{Phase, RunStatus},
    stack::StackStatus,
};

/// Of a request.
pub fn of_request(status: RequestStatus) -> Status {
    match status {
        RequestStatus::NeedsApproval => Status::NeedsApproval,
        RequestStatus::ChangesWanted => Status::ChangesWanted,
        RequestStatus::Stale => Status::Stale,
        RequestStatus::Running => Status::Running,
        RequestStatus::Succeeded => Status::Succeeded,
        RequestStatus::Failed => Status::Failed,
        RequestStatus::Undone => Status::Undone,
        RequestStatus::Rejected => Status::Rejected,
        RequestStatus::Withdrawn => Status::Withdrawn,
        RequestStatus::Expired => Status::Expired,
    }
}

/// Of a run.
pub fn of_run(status: RunStatus) -> Status {
    match status {
        RunStatus::Queued => Status::Waiting,
        RunStatus::Running | RunStatus::Undoing => Status::Running,
        RunStatus::NeedsChoice | RunStatus::NeedsAttention => Status::NeedsAttention,
        RunStatus::Succeeded => Status::Succeeded,
        RunStatus::Undone => Status::Undone,
        RunStatus::Kept => Status::Failed,
        RunStatus::Stale => Status::Stale,
    }
}

/// Of a step.
pub fn of_step(phase: Phase) -> Status {
    match phase {
        Phase::Waiting => Status::Waiting,
        Phase::Started | Phase::Exists | Phase::Undoing => Status::Running,
        Phase::Done => Status::Succeeded,
        Phase::Failed => Status::Failed,
        Phase::Undone => Status::Undone,
        Phase::UndoFailed => Status::NeedsAttention,
    }
}

/// Of a stack: the colour, and the stack's own word for it.
pub fn of_stack(status: StackStatus) -> (Status, &'static str) {
    match status {
        StackStatus::Pending => (Status::NeedsApproval, "Asked for"),
        StackStatus::Busy => (Status::Running, "Changing"),
        StackStatus::Live => (Status::Succeeded, "Live"),
        StackStatus::NeedsAttention => (Status::NeedsAttention, "Needs attention"),
        StackStatus::Gone => (Status::Undone, "Gone"),
    }
}
