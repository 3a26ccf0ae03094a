//! What every database must do, as tests: one case per promise that a repository method makes.
//!
//! A database implements [`Database`] and writes `storage::contract!(make)`, where `make()` returns a future of a new,
//! empty one; the macro makes a `#[tokio::test]` of every case. To add a case, write a `pub async fn` in the file of its
//! repository and name it in the macro; a test fails when either is forgotten, or a repository method has no case.

mod audit;
mod complete;
mod drafts;
mod environments;
mod fixtures;
pub mod migrations;
mod notes;
mod people;
mod requests;
mod runs;
mod secrets;
mod signals;
mod stacks;
mod templates;
mod tokens;
mod transactions;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::{
    audit::*, complete::assert_complete, drafts::*, environments::*, notes::*, people::*, requests::*, runs::*,
    secrets::*, signals::*, stacks::*, templates::*, tokens::*, transactions::*,
};
use crate::Storage;

/// A database under test.
#[async_trait]
pub trait Database: Send + Sync {
    /// What is tested.
    fn storage(&self) -> Arc<dyn Storage>;
    /// Runs SQL past the repositories, as a program with the same connection could. The message of a refusal.
    async fn execute(&self, sql: &str) -> Result<(), String>;
    /// Takes triggers and constraints off and runs SQL, as somebody with the file in hand could.
    async fn tamper(&self, sql: &str);
}

/// Makes a `#[tokio::test]` of every case. `$make` is a path to an `async fn() -> impl Database`.
#[macro_export]
macro_rules! contract {
    ($make:path) => {
        $crate::contract! {
            @each $make:
            // transactions
            a_committed_transaction_is_seen_by_the_next,
            a_dropped_transaction_leaves_nothing,
            a_reader_sees_the_last_commit_and_blocks_nobody,
            the_version_differs_after_every_commit,
            a_reader_cannot_write,
            a_dangling_reference_is_refused_at_the_latest_by_commit,
            what_was_refused_does_not_end_a_transaction,
            what_failed_is_not_taken_for_committed,
            the_database_answers_a_ping,
            a_new_database_has_the_schema_of_the_program,
            // signals
            a_message_of_any_length_is_announced,
            // people
            a_user_is_found_by_id_and_by_email,
            an_email_address_is_taken_once,
            a_user_is_changed_only_at_its_version,
            users_are_listed_by_name_and_counted,
            users_are_found_by_a_part_of_their_name,
            accounts_are_found_by_name_or_address_and_paged,
            a_credential_is_replaced,
            sign_in_failures_are_counted_by_key_and_time_and_forgotten,
            a_one_time_token_is_taken_once_for_its_purpose_before_its_end,
            a_team_is_found_by_id_and_by_name,
            a_team_name_is_taken_once,
            a_membership_is_set_changed_and_listed,
            a_user_with_an_unknown_role_is_corrupt,
            an_account_says_how_its_person_comes_in,
            sessions_of_a_person_are_ended_at_once,
            a_personal_token_is_taken_once_by_whom_it_is_for,
            a_team_is_changed_only_at_its_version,
            members_of_a_team_are_listed_and_removed,
            // environments
            an_environment_keeps_all_its_fields,
            an_environment_name_is_taken_once,
            an_environment_is_changed_only_at_its_version,
            environments_are_listed_by_name,
            // templates
            a_revision_is_published_once_and_never_changes,
            the_latest_revision_of_each_template_is_listed,
            // secrets
            a_secret_is_kept_until_it_is_erased,
            old_secrets_are_listed,
            a_secret_version_is_taken_once,
            // notes
            notes_are_written_for_runs_that_are_held,
            notes_alone_are_kept_to_the_letter_or_not_at_all,
            notes_that_waited_for_their_turn_know_who_holds_the_run,
            notes_and_use_cases_at_once_make_one_chain,
            // drafts
            a_draft_is_replaced_and_removed,
            drafts_are_listed_newest_first,
            old_drafts_are_removed,
            a_draft_of_an_unknown_form_is_corrupt,
            // requests
            a_request_keeps_all_its_fields,
            a_request_is_changed_only_at_its_version,
            of_two_racing_changes_of_a_request_one_wins,
            requests_are_filtered_and_counted,
            requests_are_paged_in_both_directions,
            requests_are_found_that_somebody_has_to_decide,
            a_request_is_summed_up_with_names,
            one_person_decides_once_per_request_and_seal,
            comments_stay_in_order,
            a_request_that_runs_without_a_run_is_corrupt,
            a_request_with_an_unreadable_plan_is_corrupt,
            // stacks
            a_stack_keeps_all_its_fields,
            a_stack_name_is_taken_until_the_stack_is_gone,
            a_renamed_stack_cannot_take_a_name,
            a_stack_is_changed_only_at_its_version,
            stacks_are_filtered_and_paged,
            a_stack_that_changes_between_two_pages_hides_no_other,
            resources_are_recorded_by_generation,
            users_of_a_stack_are_the_living_ones,
            a_stack_is_found_by_what_its_live_resources_put_out,
            a_reservation_belongs_to_one_stack_and_resource,
            reservations_are_released_except_those_kept,
            a_resource_of_an_unknown_kind_is_corrupt,
            // runs
            a_run_keeps_all_its_fields,
            a_request_has_one_unfinished_run,
            runs_are_listed_by_stack_and_by_status,
            releases_are_numbered_from_the_first_and_paged,
            the_oldest_active_run_is_leased_first,
            as_many_runs_are_leased_as_are_asked_for,
            a_run_is_not_leased_while_someone_holds_it,
            a_run_waits_for_every_unfinished_run_of_its_stack,
            a_run_waits_its_turn_even_if_the_clock_went_back,
            of_two_racing_runners_one_gets_the_lease,
            a_lease_is_extended_and_released_only_by_its_holder,
            the_log_is_appended_only_under_the_lease,
            a_choice_needs_no_lease,
            the_log_is_read_after_a_position,
            runs_are_found_by_whom_they_were_handed_to_last,
            a_row_that_is_no_event_is_told_in_its_place,
            a_status_is_set_with_its_end,
            the_log_of_a_run_is_append_only,
            a_run_whose_status_and_end_disagree_is_corrupt,
            a_run_with_half_a_lease_is_corrupt,
            // tokens
            a_token_is_found_by_its_hash_with_whom_it_speaks_for,
            a_token_name_is_taken_once_by_a_person,
            tokens_are_listed_and_removed_by_their_person,
            the_last_use_of_a_token_is_written_now_and_then,
            a_token_with_an_unknown_scope_is_corrupt,
            a_key_is_reserved_once_until_it_is_released,
            keys_are_forgotten_in_time,
            of_two_racing_reservations_of_a_key_one_wins,
            // audit
            the_history_is_a_chain_that_verifies,
            the_history_hashes_what_will_be_read_again,
            the_history_is_filtered_newest_first,
            the_history_takes_text_literally,
            the_history_is_append_only,
            a_changed_event_shows,
            a_missing_event_shows,
            a_rewritten_event_shows,
            writers_at_once_make_one_chain,
        }
    };
    (@each $make:path: $($case:ident),* $(,)?) => {
        #[test]
        fn no_method_and_no_case_is_forgotten() {
            $crate::contract::assert_complete(&[$(stringify!($case)),*]);
        }
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::contract::$case(&$make().await).await;
            }
        )*
    };
}
