//! The leakage table: what each party or coalition learns, what it does not, and the tests that prove both. Knows
//! nothing of how they do; `tests/house/leakage.rs` holds the tests to it and renders `docs/leakage.md` from it.

/// One line of the table.
pub(crate) struct Row {
    /// Its number, which never gets another meaning.
    pub(crate) id: &'static str,
    /// As docs/threats.md names it.
    pub(crate) party: &'static str,
    /// What the attack is given.
    pub(crate) holds: &'static str,
    /// What it finds, which is held to the truth of the run by equality.
    pub(crate) learns: &'static str,
    /// What it does not find, though it tries every number.
    pub(crate) not: &'static str,
    /// What of this nobody should read more into than there is.
    pub(crate) limits: &'static str,
    /// File and name of each test.
    pub(crate) tests: &'static [(&'static str, &'static str)],
}

/// The table.
pub(crate) const TABLE: &[Row] = &[
    Row {
        id: "L-01",
        party: "network observer",
        holds: "every byte between each agency and the hub, and when it passed",
        learns: "which agency pushed and when, in steps of 16 KiB; that a coordinator watches",
        not: "how many lines a step holds, whose, whether they converged, whether a tick had news",
        limits: "An address is taken for an agency. The hub's mails and calls at the hours of mail are seen as such.",
        tests: &[
            ("tests/privacy/network.rs", "an_observer_sees_who_pushed_and_how_many_steps_and_not_what"),
            ("tests/privacy/network.rs", "an_observer_of_a_watch_does_not_see_whether_a_tick_had_news"),
        ],
    },
    Row {
        id: "L-02",
        party: "one agency",
        holds: "its directory with its keys opened, everything the hub ever answered to it",
        learns: "its own signals; that it was asked for contact, and so that this child is known elsewhere; which of its \
                 own signals were erased on request, and on which day; how many batches all agencies sent together, by day",
        not: "whether any other of its children is known elsewhere, or converged",
        limits: "It knows the numbers of its own children anyway: what is tried is who else knows them.",
        tests: &[
            ("tests/privacy/agency.rs", "an_agency_learns_of_others_only_that_it_was_asked_for_contact"),
            ("tests/privacy/agency.rs", "no_field_of_an_answer_to_an_agency_tells_one_child_from_another"),
        ],
    },
    Row {
        id: "L-03",
        party: "copy of the database",
        holds: "the data directory",
        learns: "rows per unknown index and expiry month, of which epoch; the order of filing, to the next rebuild; of \
                 each alias in the audit logs its batches with their lines, its acts, and how many alerts it read at \
                 once; how many alerts, letters, rights requests, restrictions and erased signals there are, of which \
                 quarter, and in which tick each alert was told",
        not: "a number, a pseudonym, a connection, a region, a code; which child any row is of, or any of these",
        limits: "An alias is of one connection for as long as the hub lives: whoever knows from elsewhere when an agency \
                 sent how much knows its alias. A backup is the same under a key more.",
        tests: &[
            (
                "tests/privacy/database.rs",
                "a_copy_of_the_database_shows_counts_months_order_and_volume_and_no_child",
            ),
            (
                "tests/privacy/volumes.rs",
                "a_copy_of_the_database_shows_how_much_each_alias_did_and_not_who_it_is",
            ),
            (
                "tests/privacy/volumes.rs",
                "a_copy_of_the_database_counts_alerts_letters_requests_and_what_rests",
            ),
            ("tests/privacy/database.rs", "a_backup_shows_nothing_without_its_key"),
        ],
    },
    Row {
        id: "L-04",
        party: "live database administrator",
        holds: "the data directory before and after a tick",
        learns: "also which indexes the tick touched",
        not: "which children these are",
        limits: "Over many ticks an index that is touched often stands out; of whom it is does not.",
        tests: &[("tests/privacy/database.rs", "two_copies_around_a_tick_show_which_indexes_it_touched")],
    },
    Row {
        id: "L-05",
        party: "copy of the database and the hub's secrets",
        holds: "data directory and directory of secrets, and the hub's own program",
        learns: "also alerts in full but for details; reference records; which unknown indexes rest; which references \
                 of which agency were erased on request, and on which day; arrivals not yet filed and rights requests not \
                 yet answered, both with their pseudonyms, and so the rows of those children; who is behind each alias",
        not: "what is in any other row, a number, details",
        limits: "An arrival waits for a tick. A rights request waits for its answer, at most four weeks while a manifest \
                 is current: of a child about whom somebody asked, what is kept lies open for as long to whoever has both.",
        tests: &[
            ("tests/privacy/secrets.rs", "with_the_hubs_secrets_alerts_references_and_arrivals_open"),
            (
                "tests/privacy/secrets.rs",
                "with_the_hubs_secrets_no_row_opens_but_of_a_child_whose_arrival_waits",
            ),
            (
                "tests/privacy/rights.rs",
                "with_the_hubs_secrets_a_request_that_waits_opens_the_rows_of_its_child",
            ),
            ("tests/privacy/rights.rs", "with_the_hubs_secrets_it_shows_which_indexes_rest"),
            ("tests/privacy/rights.rs", "with_the_hubs_secrets_it_shows_which_references_were_erased"),
            (
                "tests/privacy/volumes.rs",
                "with_the_hubs_secrets_it_shows_which_agency_sent_how_much_and_who_read",
            ),
        ],
    },
    Row {
        id: "L-06",
        party: "the same and an epoch key",
        holds: "data directory, directory of secrets, the opened key files of one agency",
        learns: "everything but details: of every child the number, and each signal in full",
        not: "details",
        limits: "Whoever holds these has every child of the epoch within minutes.",
        tests: &[
            ("tests/privacy/secrets.rs", "the_hubs_secrets_and_an_epoch_key_tell_everything_but_details"),
            ("tests/privacy/secrets.rs", "details_open_for_their_coordinator_alone"),
        ],
    },
    Row {
        id: "L-07",
        party: "copy of the database and an epoch key",
        holds: "data directory, the opened key files of one agency",
        learns: "as the copy alone",
        not: "any child, not even one that the agency pushed itself",
        limits: "Its own signals it has from the agency's journal, not from the copy.",
        tests: &[
            ("tests/privacy/database.rs", "an_epoch_key_adds_nothing_to_a_copy_of_the_database"),
            ("tests/privacy/database.rs", "a_row_opens_with_no_number_but_under_the_hubs_own_data_key"),
        ],
    },
    Row {
        id: "L-08",
        party: "operator of a live hub",
        holds: "the hub's TLS key and place: every request as the hub decodes it",
        learns: "which unknown children have signals of which agencies, severity, code, month, region; which \
                 pseudonyms of two epochs, or of two kinds, are one child",
        not: "a number, details",
        limits: "While it listens. What was pushed before lies in rows that it cannot open.",
        tests: &[("tests/privacy/live.rs", "a_live_operator_sees_who_signals_of_the_same_unknown_child")],
    },
    Row {
        id: "L-09",
        party: "live operator and an epoch key",
        holds: "the same, and the opened key files of one agency",
        learns: "everything but details",
        not: "details",
        limits: "Nothing in this design prevents it: an oblivious scheme would. Say so in the DPIA.",
        tests: &[("tests/privacy/live.rs", "a_live_operator_with_an_epoch_key_knows_everything_but_details")],
    },
    Row {
        id: "L-10",
        party: "agency and coordinator together",
        holds: "the agency's and the coordinator's commands",
        learns: "of any child the agency names, who else's signals make it converge; within quota",
        not: "anything of a child that it did not name, or above the quota",
        limits: "It signals under its own name about every child it asks after, and all of it is on record.",
        tests: &[(
            "tests/privacy/agency.rs",
            "an_agency_and_a_coordinator_learn_of_the_children_they_name_within_quota",
        )],
    },
    Row {
        id: "L-11",
        party: "coordinator",
        holds: "its directory with its keys opened, everything the hub answered to it",
        learns: "its alerts, with the details of its own region",
        not: "a pseudonym, a number, a signal on no alert of its region, details of another region",
        limits: "The agencies that it calls tell it who the child is: that is what an alert is for.",
        tests: &[("tests/privacy/agency.rs", "a_coordinator_sees_its_alerts_with_details_of_its_own_region")],
    },
    Row {
        id: "L-12",
        party: "m administrators",
        holds: "their opened contributions to the key of an epoch, and the manifest",
        learns: "the epoch key",
        not: "with one contribution fewer: anything of it",
        limits: "All alike: the key is not tied to who made it.",
        tests: &[(
            "tests/privacy/administrators.rs",
            "m_administrators_make_the_epoch_key_and_one_fewer_does_not",
        )],
    },
    Row {
        id: "L-13",
        party: "k administrators",
        holds: "their opened signing keys",
        learns: "nothing by itself; they can add a connection, which everybody sees, and which acts after the delay",
        not: "with one signature fewer: nobody takes the manifest",
        limits: "A connection that everybody overlooks takes part like any other.",
        tests: &[
            (
                "tests/privacy/administrators.rs",
                "k_administrators_add_a_connection_that_everybody_sees_and_fewer_add_none",
            ),
            ("manifest/tests/book.rs", "an_addition_acts_after_the_delay_and_a_removal_at_once"),
        ],
    },
    Row {
        id: "L-14",
        party: "anyone, after an epoch is destroyed",
        holds: "all files of afterwards, a copy of the database of before, the epoch's own key",
        learns: "alerts, until the end of their term; of whom a rights request still waits; that there were rows, from \
                 the old copy",
        not: "what any row of that epoch was, or of whom",
        limits: "If the medium of the secrets forgets: a drive that copies on write may keep the old block.",
        tests: &[("tests/privacy/destroyed.rs", "of_a_destroyed_epoch_nothing_opens_with_all_that_is_left")],
    },
    Row {
        id: "L-15",
        party: "log reader",
        holds: "the hub's log at its most verbose level, the signed heads of the audit logs, the processing log",
        learns: "when the hub filed and how many lines; how long the audit logs are; from the processing log which \
                 connection sent how many signals, and who read or did something, and when",
        not: "a number, a pseudonym, an index, a reference, a key, a region, a code; which child any line is of",
        limits: "Without the processing log no agency either. With it an agency can be told whether a child converges that \
                 it names (threats.md): it is for the privacy officer alone. Whoever reads the case log's length sees \
                 alerts come and go; agencies get only that of the intake log.",
        tests: &[
            ("tests/privacy/log.rs", "a_processing_log_tells_who_did_how_much_and_of_no_child"),
            ("tests/privacy/log.rs", "a_log_at_its_most_verbose_level_tells_of_no_child"),
            ("tests/privacy/search.rs", "every_value_of_a_run_stands_where_it_must_and_nowhere_else"),
        ],
    },
];
