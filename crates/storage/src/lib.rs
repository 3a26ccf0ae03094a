//! What Gantry needs of a database: one transaction per use case, repositories behind traits.
//!
//! A use case opens a [`Transaction`] through [`Storage::begin`], reads and writes through the repository traits that
//! it is made of, and commits. Dropping it rolls everything back. Every method has its case in `contract`, which each
//! database runs.

#[cfg(feature = "contract")]
#[expect(clippy::unwrap_used, reason = "these are tests")]
pub mod contract;
pub mod rows;
pub mod schema;
pub mod signals;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    audit::{AuditEvent, Entry},
    draft::{FormOf, SavedDraft},
    environment::Environment,
    ids::{EnvironmentId, RequestId, RunId, SecretId, StackId, TeamId, TokenId, UserId},
    people::{Team, TeamRole, User},
    plan::{Resource, Wish},
    request::{self, Comment, Decision, Request, RequestStatus},
    run::{Event, Hands, LoggedEvent, Run, RunStatus},
    seal::SecretRef,
    stack::{Reservation, Stack},
    token::ApiToken,
};

pub use self::signals::{Heard, Signals};

/// What went wrong between a use case and the database.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Someone else changed it since it was read; read again and decide again.
    #[error("{what} was changed by someone else in the meantime")]
    Conflict {
        /// What, for example `request req-7F3K2M`.
        what: String,
    },
    /// A unique constraint: someone has it already.
    #[error("{what} is taken")]
    Taken {
        /// What.
        what: String,
    },
    /// The lease was lost: another holder has a higher fence.
    #[error("run {run} is no longer leased with fence {fence}")]
    Fenced {
        /// Which run.
        run: RunId,
        /// The fence that was held.
        fence: i64,
    },
    /// A row does not decode to something possible, or would not.
    #[error("{what} in the database is impossible: {why}")]
    Corrupt {
        /// Which row.
        what: String,
        /// Why.
        why: String,
    },
    /// The database is not there or refuses.
    #[error("the database cannot be used")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The result of a repository method.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

/// A page of a list by keyset: at most `limit` rows after the one with this key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// The key of the last row already seen.
    pub after: Option<String>,
    /// How many at most.
    pub limit: u32,
}

impl Default for Page {
    fn default() -> Self {
        Self { after: None, limit: 50 }
    }
}

/// Which schema a database has, and which one this program brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The newest migration that was applied; none in an empty database.
    pub found: Option<i64>,
    /// The newest one that this program brings.
    pub known: i64,
}

impl Schema {
    /// Whether this program can work with it. A newer program may have migrated it since this one started: migrations
    /// leave what the last release needs.
    pub fn is_usable(self) -> bool {
        self.found.is_some_and(|found| found >= self.known)
    }
}

/// A word for all that was committed so far, by whomever: while two looks find the same one, nothing that can be read has
/// changed between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(pub String);

/// Connections of one sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// What they are for.
    pub name: &'static str,
    /// How many are open.
    pub open: u32,
    /// How many of those nobody uses.
    pub idle: u32,
}

/// The database.
#[async_trait]
pub trait Storage: Signals + Send + Sync {
    /// Opens a transaction that writes. It takes the one lock that writers have at once, so that what a use case has read
    /// is still so when it writes: `BEGIN IMMEDIATE` on SQLite, an advisory lock on PostgreSQL.
    async fn begin(&self) -> Result<Box<dyn Transaction>>;
    /// Opens a transaction that only reads and never blocks writers.
    async fn begin_read(&self) -> Result<Box<dyn Transaction>>;
    /// Writes notes in a transaction of their own, as [`Notes::write_notes`] does. An error where nothing was written; one
    /// inside where it may have been: nobody writes it again.
    async fn write_alone(&self, notes: &[&Note]) -> Result<Result<Vec<Option<u64>>>> {
        let mut tx = self.begin().await?;
        let places = tx.write_notes(notes).await?;
        Ok(tx.commit().await.map(|()| places))
    }
    /// What was committed so far, without a look at any table: another one after every commit. On a PostgreSQL that has
    /// other databases theirs count, too; whoever compares two versions looks once too often then, never too rarely.
    async fn version(&self) -> Result<Version>;
    /// Whether it answers.
    async fn ping(&self) -> Result<()>;
    /// Which schema it has.
    async fn schema(&self) -> Result<Schema>;
    /// Its connections, to be watched.
    fn pools(&self) -> Vec<Pool>;
}

/// A unit of work over all repositories.
#[async_trait]
pub trait Transaction:
    People
    + Environments
    + Templates
    + Secrets
    + Drafts
    + Requests
    + Stacks
    + Runs
    + Notes
    + Tokens
    + Idempotency
    + AuditLog
    + Send
{
    /// Makes everything that was written visible and durable at once. After an error of another kind than
    /// [`StorageError::Taken`] and [`StorageError::Conflict`] there may be nothing to commit, which is an error, too.
    async fn commit(self: Box<Self>) -> Result<()>;
}

/// How a local account proves itself, and how often it failed to of late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Whose.
    pub user: UserId,
    /// argon2id in PHC form.
    pub password_hash: String,
}

/// A person with what only those who manage people see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub user: User,
    /// When they were invited or made.
    pub created_at: DateTime<Utc>,
    /// When they last signed in.
    pub last_signed_in_at: Option<DateTime<Utc>>,
    /// Whether they can sign in with a password.
    pub has_password: bool,
    /// The end of their last one-time link that was not used, also when that has passed.
    pub link_until: Option<DateTime<Utc>>,
}

/// People and teams.
#[async_trait]
pub trait People {
    /// Adds a person; the e-mail address is unique ([`StorageError::Taken`]).
    async fn add_user(&mut self, user: &User, created_at: DateTime<Utc>) -> Result<()>;
    /// Changes one; [`StorageError::Conflict`] unless its stored version is `user.version`, which then grows by one.
    async fn update_user(&mut self, user: &User) -> Result<()>;
    /// The person with this id.
    async fn lookup_user(&mut self, id: &UserId) -> Result<Option<User>>;
    /// The person with this (lower-case) e-mail address.
    async fn find_user_by_email(&mut self, email: &str) -> Result<Option<User>>;
    /// Everything about an account.
    async fn lookup_account(&mut self, id: &UserId) -> Result<Option<Account>>;
    /// All accounts by name.
    async fn list_accounts(&mut self) -> Result<Vec<Account>>;
    /// Those whose name or e-mail address contains this, by name; small and capital letters are the same. The page key is
    /// the person's id.
    async fn find_accounts(&mut self, text: &str, page: &Page) -> Result<Vec<Account>>;
    /// The person behind a session that began then; none once it was ended by [`People::end_sessions`].
    async fn find_user_in_session(&mut self, id: &UserId, since: DateTime<Utc>) -> Result<Option<User>>;
    /// Remembers when somebody last signed in.
    async fn set_signed_in(&mut self, id: &UserId, at: DateTime<Utc>) -> Result<()>;
    /// Ends every session of a person that began before then.
    async fn end_sessions(&mut self, id: &UserId, before: DateTime<Utc>) -> Result<()>;
    /// How many accounts there are.
    async fn count_users(&mut self) -> Result<u64>;
    /// Names by id, for lists.
    async fn list_users(&mut self) -> Result<Vec<User>>;
    /// Those whose name contains this, by name, at most `limit`; small and capital letters are the same.
    async fn find_users_by_name(&mut self, text: &str, limit: u32) -> Result<Vec<User>>;
    /// Sets the password hash, replacing an earlier one.
    async fn set_credential(&mut self, credential: &Credential) -> Result<()>;
    /// The password hash of a person.
    async fn lookup_credential(&mut self, user: &UserId) -> Result<Option<Credential>>;
    /// Writes down a failed sign-in for a key (an e-mail address or a network address).
    async fn add_sign_in_failure(&mut self, key: &str, at: DateTime<Utc>) -> Result<()>;
    /// How many failures a key has had since then.
    async fn count_sign_in_failures(&mut self, key: &str, since: DateTime<Utc>) -> Result<u64>;
    /// Forgets the failures of a key (after a success) and all failures before `older_than`.
    async fn forget_sign_in_failures(&mut self, key: &str, older_than: DateTime<Utc>) -> Result<()>;
    /// Keeps the hash of a one-time token (`setup`) until `expires_at`.
    async fn add_one_time_token(&mut self, hash: &str, purpose: &str, expires_at: DateTime<Utc>) -> Result<()>;
    /// Takes a token: true exactly once, and only before it expires.
    async fn take_one_time_token(&mut self, hash: &str, purpose: &str, now: DateTime<Utc>) -> Result<bool>;
    /// Keeps the hash of a one-time token that lets one person in.
    async fn add_personal_token(
        &mut self,
        hash: &str,
        purpose: &str,
        user: &UserId,
        expires_at: DateTime<Utc>,
    ) -> Result<()>;
    /// Whose token it is, until it is taken or expires.
    async fn find_personal_token(&mut self, hash: &str, purpose: &str, now: DateTime<Utc>) -> Result<Option<UserId>>;
    /// Takes it: whose it was, exactly once, and only before it expires.
    async fn take_personal_token(&mut self, hash: &str, purpose: &str, now: DateTime<Utc>) -> Result<Option<UserId>>;
    /// Makes every token of a person worthless.
    async fn drop_personal_tokens(&mut self, user: &UserId) -> Result<()>;
    /// Adds a team; the name is unique.
    async fn add_team(&mut self, team: &Team) -> Result<()>;
    /// The team with this id.
    async fn lookup_team(&mut self, id: &TeamId) -> Result<Option<Team>>;
    /// The team with this short name.
    async fn find_team_by_name(&mut self, name: &str) -> Result<Option<Team>>;
    /// All teams by name.
    async fn list_teams(&mut self) -> Result<Vec<Team>>;
    /// Changes the title; [`StorageError::Conflict`] unless the stored version is `team.version`, which then grows by one.
    async fn update_team(&mut self, team: &Team) -> Result<()>;
    /// Makes someone a member, or changes their role.
    async fn set_membership(&mut self, team: &TeamId, user: &UserId, role: TeamRole) -> Result<()>;
    /// The teams of a person with their role in each.
    async fn list_memberships(&mut self, user: &UserId) -> Result<Vec<(Team, TeamRole)>>;
    /// The people of a team with their role, by name.
    async fn list_members(&mut self, team: &TeamId) -> Result<Vec<(User, TeamRole)>>;
    /// Who is in which team, for lists.
    async fn list_all_memberships(&mut self) -> Result<Vec<(UserId, TeamId, TeamRole)>>;
    /// Takes someone out of a team; whether they were in it.
    async fn remove_membership(&mut self, team: &TeamId, user: &UserId) -> Result<bool>;
}

/// Environments.
#[async_trait]
pub trait Environments {
    /// Adds one; the name is unique.
    async fn add_environment(&mut self, environment: &Environment) -> Result<()>;
    /// Changes one; [`StorageError::Conflict`] unless its stored version is `environment.version`, which then grows by one.
    async fn update_environment(&mut self, environment: &Environment) -> Result<()>;
    /// The one with this id.
    async fn lookup_environment(&mut self, id: &EnvironmentId) -> Result<Option<Environment>>;
    /// All by name.
    async fn list_environments(&mut self) -> Result<Vec<Environment>>;
}

/// A published revision, kept for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The template's name.
    pub template: String,
    /// Its version, `1.0.0`.
    pub version: String,
    /// SHA-256 of the source, in hex.
    pub hash: String,
    /// The YAML as it was published.
    pub source: String,
    /// When.
    pub published_at: DateTime<Utc>,
}

/// Template revisions.
#[async_trait]
pub trait Templates {
    /// Publishes a revision. The same name, version and hash again is no error and returns false;
    /// another hash under the same version is [`StorageError::Taken`].
    async fn publish_revision(&mut self, revision: &Revision) -> Result<bool>;
    /// The revision with this name and version.
    async fn lookup_revision(&mut self, template: &str, version: &str) -> Result<Option<Revision>>;
    /// Every published revision of a template, newest first.
    async fn list_revisions(&mut self, template: &str) -> Result<Vec<Revision>>;
    /// The latest published revision of every template, by name.
    async fn list_latest_revisions(&mut self) -> Result<Vec<Revision>>;
}

/// A secret in its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret {
    /// Its id.
    pub id: SecretId,
    /// Grows with each new value.
    pub version: u32,
    /// The team that may use it.
    pub team: TeamId,
    /// Nonce and ciphertext.
    pub envelope: Vec<u8>,
    /// When it was typed.
    pub created_at: DateTime<Utc>,
}

/// Secrets in their envelopes.
#[async_trait]
pub trait Secrets {
    /// Keeps an envelope.
    async fn add_secret(&mut self, secret: &SealedSecret) -> Result<()>;
    /// The envelope, until it is erased.
    async fn lookup_secret(&mut self, id: &SecretId, version: u32) -> Result<Option<SealedSecret>>;
    /// Which envelopes from before then are not erased, oldest first.
    async fn list_secrets_before(&mut self, before: DateTime<Utc>, limit: u32) -> Result<Vec<(SecretId, u32)>>;
    /// Erases the envelope once AWS has the value (or nobody will need it).
    async fn erase_secret(&mut self, id: &SecretId, version: u32) -> Result<()>;
}

/// Forms that were begun and not sent.
#[async_trait]
pub trait Drafts {
    /// Saves a draft; it replaces an earlier one of the same person and form.
    async fn set_draft(&mut self, draft: &SavedDraft) -> Result<()>;
    /// What this person typed into a form and did not send.
    async fn lookup_draft(&mut self, user: &UserId, form: &FormOf) -> Result<Option<SavedDraft>>;
    /// Those of one person, or everybody's; the one that was saved last comes first.
    async fn list_drafts(&mut self, user: Option<&UserId>) -> Result<Vec<SavedDraft>>;
    /// Forgets one; none there is no error.
    async fn remove_draft(&mut self, user: &UserId, form: &FormOf) -> Result<()>;
    /// Forgets those that were saved last before then; returns how many.
    async fn remove_drafts_before(&mut self, before: DateTime<Utc>) -> Result<u64>;
}

/// Which requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RequestFilter {
    /// Of any of these teams; none means all.
    pub teams: Option<Vec<TeamId>>,
    /// In any of these states; empty means all.
    pub statuses: Vec<RequestStatus>,
    /// About this stack.
    pub stack: Option<StackId>,
    /// That this person asked for.
    pub requester: Option<UserId>,
    /// Whose id begins with this (with or without `req-`), or whose stack's name contains it; small and capital letters
    /// are the same.
    pub text: Option<String>,
    /// That somebody else asked for, and about whose plan as it is now this person has not decided.
    pub undecided_by: Option<UserId>,
    /// In any of these environments; none means all.
    pub environments: Option<Vec<EnvironmentId>>,
    /// Not changed since then.
    pub unchanged_since: Option<DateTime<Utc>>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
}

/// What lists show of a request: no plan, no inputs, and names beside the ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSummary {
    /// Its id.
    pub id: RequestId,
    /// What it wants.
    pub wish: Wish,
    /// Where it stands.
    pub status: RequestStatus,
    /// The template revision, as `name@version`.
    pub revision: String,
    /// The stack it is about.
    pub stack: StackId,
    /// Its name.
    pub stack_name: String,
    /// The team that owns the stack.
    pub team: TeamId,
    /// Its short name.
    pub team_name: String,
    /// Its name as shown.
    pub team_title: String,
    /// Where the stack lives.
    pub environment: EnvironmentId,
    /// Its name.
    pub environment_name: String,
    /// Who asked.
    pub requester: UserId,
    /// Their name.
    pub requester_name: String,
    /// What the stack would cost a month, in millionths of a US dollar.
    pub monthly_micros: i64,
    /// How many must approve.
    pub approvals_needed: u32,
    /// The run, once there is one.
    pub run: Option<RunId>,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl RequestSummary {
    /// `Create orders in production`.
    pub fn title(&self) -> String {
        request::title(self.wish, &self.stack_name, &self.environment_name)
    }
}

/// Requests with their conversation, decisions and reservations.
#[async_trait]
pub trait Requests {
    /// Adds one.
    async fn add_request(&mut self, request: &Request) -> Result<()>;
    /// Changes one; [`StorageError::Conflict`] unless its stored version is `request.version`, which then grows by one.
    async fn update_request(&mut self, request: &Request) -> Result<()>;
    /// The one with this id.
    async fn lookup_request(&mut self, id: &RequestId) -> Result<Option<Request>>;
    /// A list; the page key is the request's id.
    async fn list_requests(&mut self, filter: &RequestFilter, page: &Page) -> Result<Vec<Request>>;
    /// The same list, of what lists show.
    async fn list_request_summaries(&mut self, filter: &RequestFilter, page: &Page) -> Result<Vec<RequestSummary>>;
    /// How many.
    async fn count_requests(&mut self, filter: &RequestFilter) -> Result<u64>;
    /// Adds a decision; one person has one decision per request and seal ([`StorageError::Taken`]).
    async fn add_decision(&mut self, decision: &Decision) -> Result<()>;
    /// All decisions about a request, oldest first.
    async fn list_decisions(&mut self, request: &RequestId) -> Result<Vec<Decision>>;
    /// Adds a remark.
    async fn add_comment(&mut self, comment: &Comment) -> Result<()>;
    /// All remarks, oldest first.
    async fn list_comments(&mut self, request: &RequestId) -> Result<Vec<Comment>>;
}

/// Which stacks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StackFilter {
    /// Of any of these teams; none means all.
    pub teams: Option<Vec<TeamId>>,
    /// In this environment.
    pub environment: Option<EnvironmentId>,
    /// Whose id begins with this (with or without `stk-`), or whose name contains it; small and capital letters are the
    /// same.
    pub text: Option<String>,
    /// Also those that are gone.
    pub with_gone: bool,
    /// The one that changed last comes first, instead of by name.
    pub last_changed_first: bool,
}

impl StackFilter {
    /// The page key of a stack in this list. By last change it holds when that was: a stack that changes meanwhile moves,
    /// and what comes after the place where it was does not.
    pub fn key(&self, stack: &Stack) -> String {
        match self.last_changed_first {
            true => format!("{}.{}", stack.updated_at.timestamp_micros(), stack.id),
            false => stack.id.to_string(),
        }
    }
}

/// What stacks come to together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StackTotals {
    /// How many there are.
    pub count: u64,
    /// What they cost a month, in millionths of a dollar.
    pub monthly_micros: i64,
}

/// Stacks, their resources, what they use and what is reserved for them.
#[async_trait]
pub trait Stacks {
    /// Adds one; the name is unique among those of an environment that are not gone ([`StorageError::Taken`]).
    async fn add_stack(&mut self, stack: &Stack) -> Result<()>;
    /// Changes one; [`StorageError::Conflict`] unless its stored version is `stack.version`, which then grows by one.
    async fn update_stack(&mut self, stack: &Stack) -> Result<()>;
    /// The one with this id.
    async fn lookup_stack(&mut self, id: &StackId) -> Result<Option<Stack>>;
    /// The living one with this name.
    async fn find_stack_by_name(&mut self, environment: &EnvironmentId, name: &str) -> Result<Option<Stack>>;
    /// In the order of the filter, which also makes the page key.
    async fn list_stacks(&mut self, filter: &StackFilter, page: &Page) -> Result<Vec<Stack>>;
    /// How many there are and what they cost.
    async fn total_stacks(&mut self, filter: &StackFilter) -> Result<StackTotals>;
    /// Records a resource: adds or replaces the row of its stack, logical name and generation.
    async fn set_resource(&mut self, stack: &StackId, resource: &Resource) -> Result<()>;
    /// All resources of a stack, also those that are no longer live, by logical name and generation.
    async fn list_resources(&mut self, stack: &StackId) -> Result<Vec<Resource>>;
    /// Replaces what a stack uses of other stacks.
    async fn set_uses(&mut self, stack: &StackId, used: &[StackId]) -> Result<()>;
    /// The living stacks that use this one.
    async fn list_users_of(&mut self, stack: &StackId) -> Result<Vec<Stack>>;
    /// The living stack that made the resource with this output value (an ARN), if any did.
    async fn find_stack_by_output(&mut self, value: &str) -> Result<Option<Stack>>;
    /// Reserves; taken by another stack is [`StorageError::Taken`], by the same stack and resource is no error.
    async fn reserve(&mut self, reservation: &Reservation) -> Result<()>;
    /// Who has it.
    async fn find_reservation(&mut self, scope: &str, value: &str) -> Result<Option<Reservation>>;
    /// Everything in a scope.
    async fn list_reservations(&mut self, scope: &str) -> Result<Vec<Reservation>>;
    /// Everything reserved for a stack.
    async fn list_reservations_of(&mut self, stack: &StackId) -> Result<Vec<Reservation>>;
    /// Lets go of everything reserved for a stack, except what is listed.
    async fn release_reservations(&mut self, stack: &StackId, keep: &[Reservation]) -> Result<()>;
}

/// Runs, their logs and leases.
#[async_trait]
pub trait Runs {
    /// Enqueues a run. A second unfinished run of the same request is [`StorageError::Taken`].
    async fn add_run(&mut self, run: &Run) -> Result<()>;
    /// The one with this id.
    async fn lookup_run(&mut self, id: &RunId) -> Result<Option<Run>>;
    /// The runs of a stack, newest first.
    async fn list_runs(&mut self, stack: &StackId) -> Result<Vec<Run>>;
    /// The runs of a stack that succeeded, newest first, each with its number: the first one ever is 1. The page key is the
    /// run's id.
    async fn list_releases(&mut self, stack: &StackId, page: &Page) -> Result<Vec<(u64, Run)>>;
    /// How many there are.
    async fn count_releases(&mut self, stack: &StackId) -> Result<u64>;
    /// Runs in these states, of stacks of any of these teams (none means all), newest first, at most `limit`.
    async fn list_runs_by_status(
        &mut self,
        statuses: &[RunStatus],
        teams: Option<&[TeamId]>,
        limit: u32,
    ) -> Result<Vec<Run>>;
    /// Runs that wait for a person and were handed last to one of these, of stacks of any of these teams (none means all),
    /// newest first, at most `limit`.
    async fn list_runs_in_hands(&mut self, of: &[Hands], teams: Option<&[TeamId]>, limit: u32) -> Result<Vec<Run>>;
    /// Leases the oldest active runs (`queued`, `running`, `undoing`) that nobody holds at `now` and whose stacks have no
    /// other unfinished run before them, at most so many; sets holder and end, and increases the fence.
    async fn lease_runs(
        &mut self,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        most: usize,
    ) -> Result<Vec<Run>>;
    /// The same for the oldest of them alone.
    async fn lease_run(&mut self, holder: &str, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<Run>> {
        Ok(self.lease_runs(holder, now, until, 1).await?.pop())
    }
    /// Holds the lease longer; [`StorageError::Fenced`] when someone else has it.
    async fn extend_lease(&mut self, run: &RunId, fence: i64, until: DateTime<Utc>) -> Result<()>;
    /// Lets the lease go.
    async fn release_lease(&mut self, run: &RunId, fence: i64) -> Result<()>;
    /// Appends to the log under a lease; [`StorageError::Fenced`] when the fence is not the run's. Returns the position.
    async fn append_event(&mut self, run: &RunId, fence: i64, event: &Event, at: DateTime<Utc>) -> Result<u64>;
    /// Appends what a person chose; needs no lease.
    async fn append_choice(&mut self, run: &RunId, event: &Event, at: DateTime<Utc>) -> Result<u64>;
    /// Sets the derived status (and the end, for a final one).
    async fn set_run_status(&mut self, run: &RunId, status: RunStatus, ended_at: Option<DateTime<Utc>>) -> Result<()>;
    /// The log in order, after a position. A row that is no event is [`Event::Unreadable`] there.
    async fn list_events(&mut self, run: &RunId, after: u64) -> Result<Vec<LoggedEvent>>;
    /// The last position in the log; 0 while nothing is written.
    async fn last_event_position(&mut self, run: &RunId) -> Result<u64>;
}

/// What a run writes at once: events, or that its lease is to be held longer, or both.
#[derive(Clone, Debug)]
pub struct Note {
    /// Whose.
    pub run: RunId,
    /// With which its runner holds it.
    pub fence: i64,
    /// What it works on.
    pub stack: StackId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Until when the lease is held at least; none leaves that as it is.
    pub until: Option<DateTime<Utc>>,
    /// What happened, for its log.
    pub events: Vec<Event>,
    /// The status that follows from it.
    pub status: Option<RunStatus>,
    /// The rows of the resources that it happened to, or will.
    pub resources: Vec<Resource>,
    /// AWS has this secret now: its envelope is emptied.
    pub erased: Option<SecretRef>,
    /// For the history.
    pub lines: Vec<Entry>,
}

/// What runs write, many at once.
#[async_trait]
pub trait Notes {
    /// Writes all of them, and says of each where its last event stands in the log (0 if it has none); of one whose run is
    /// not held with its fence any more, or that neither appends an event nor holds its lease, nothing is written or said.
    async fn write_notes(&mut self, notes: &[&Note]) -> Result<Vec<Option<u64>>>;
}

/// A token and whom it speaks for, as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHolder {
    /// The token.
    pub token: ApiToken,
    /// Its person, disabled or not.
    pub user: User,
    /// Their teams, by name, with their role in each.
    pub teams: Vec<(Team, TeamRole)>,
}

/// Tokens that speak for a person.
#[async_trait]
pub trait Tokens {
    /// Adds one; its hash is unique, and its name among those of its person ([`StorageError::Taken`]).
    async fn add_token(&mut self, token: &ApiToken, hash: &str) -> Result<()>;
    /// The tokens of a person, oldest first.
    async fn list_tokens(&mut self, user: &UserId) -> Result<Vec<ApiToken>>;
    /// The token with this hash, expired or not.
    async fn find_token_holder(&mut self, hash: &str) -> Result<Option<TokenHolder>>;
    /// Writes down a use, unless one at `before` or later is known already.
    async fn touch_token(&mut self, id: &TokenId, used_at: DateTime<Utc>, before: DateTime<Utc>) -> Result<()>;
    /// Takes a token of this person away, and says which it was.
    async fn remove_token(&mut self, user: &UserId, id: &TokenId) -> Result<Option<ApiToken>>;
}

/// An answer that is given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header `Location`, if there is one.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// A key that was reserved earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// Hash of what was asked for with it.
    pub fingerprint: String,
    /// When.
    pub reserved_at: DateTime<Utc>,
    /// How it was answered, once it was.
    pub answer: Option<Answer>,
}

/// Answers that are given twice: a program that is not sure whether it was heard asks again with the same key.
#[async_trait]
pub trait Idempotency {
    /// Reserves a key of a token. None says that it is the caller's; else what is there already.
    async fn reserve_key(
        &mut self,
        token: &TokenId,
        key: &str,
        fingerprint: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<Reserved>>;
    /// Keeps the answer; [`StorageError::Conflict`] unless the key is reserved without one.
    async fn keep_answer(&mut self, token: &TokenId, key: &str, answer: &Answer) -> Result<()>;
    /// Lets go of a key that has no answer.
    async fn release_key(&mut self, token: &TokenId, key: &str) -> Result<()>;
    /// Forgets what was reserved before then; how many.
    async fn forget_keys(&mut self, before: DateTime<Utc>) -> Result<u64>;
}

/// Which audit events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AuditFilter {
    /// By this user id.
    pub actor: Option<String>,
    /// Actions that begin with this.
    pub action: Option<String>,
    /// About this object.
    pub object: Option<String>,
    /// Of this team.
    pub team: Option<String>,
    /// Text in the summary.
    pub text: Option<String>,
    /// Only what people read as news: what concerns a team, without the single calls to AWS.
    pub news: bool,
    /// Before this position (newest first).
    pub before: Option<i64>,
}

/// The append-only history.
#[async_trait]
pub trait AuditLog {
    /// Appends to the chain.
    async fn append_audit(&mut self, entry: &Entry) -> Result<AuditEvent>;
    /// Appends to the chain, in this order.
    async fn append_audits(&mut self, entries: &[Entry]) -> Result<Vec<AuditEvent>>;
    /// Newest first.
    async fn list_audit(&mut self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEvent>>;
    /// Oldest first after a position, for `verify`.
    async fn list_audit_after(&mut self, position: i64, limit: u32) -> Result<Vec<AuditEvent>>;
    /// How many there are.
    async fn count_audit(&mut self) -> Result<u64>;
}
