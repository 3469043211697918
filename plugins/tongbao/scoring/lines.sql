-- One row for every clause that applies to an inspected subject: what is known of it and on what basis.
-- Words that recur a million times are enumerations; the few texts of their own stay in `evidence` and `note`.
CREATE TYPE known_state AS ENUM ('met', 'breached', 'not_measured', 'blocked');

CREATE TYPE known_basis AS ENUM ('measure', 'person', 'tool', 'check_on_record', 'none');

CREATE TYPE fixed_note AS ENUM ('no_evidence', 'check_on_record', 'no_bonus_reported');

CREATE TEMP TABLE applicable AS
SELECT
    judged.subject,
    rules.rule,
    judged.lacks_services AND rules.is_for_services AS is_left_out
FROM judged
JOIN rules ON rules.kind = judged.kind
WHERE
    judged.is_drawn
    AND judged.is_seen
    AND (judged.is_portal OR NOT rules.portal_only)
    AND (rules.platforms IS NULL OR coalesce(list_contains(rules.platforms, judged.platform), false))
    AND NOT coalesce(list_contains(rules.not_platforms, judged.platform), false)
    AND (rules.unit_classes IS NULL OR list_contains(rules.unit_classes, judged.unit_class))
    AND NOT list_contains(rules.not_unit_classes, judged.unit_class);

CREATE TEMP TABLE resolved AS
WITH measured_here AS (
    SELECT
        judged.subject,
        rules.rule,
        measured.value,
        CASE measured.state
            WHEN rules.charging_state THEN 'charged'
            WHEN rules.clearing_state THEN 'cleared'
            ELSE measured.state
        END AS says,
        CASE WHEN rules.is_count THEN measured.value END AS items,
        measured.evidence
    FROM measured
    JOIN judged USING (subject_id)
    JOIN rules ON measured.clause = rules.clause AND rules.has_measure
),
gathered AS (
    SELECT
        applicable.subject,
        applicable.rule,
        rules.found_at_least,
        rules.unit,
        rules.is_bonus,
        rules.has_measure,
        checked.subject IS NOT NULL AS is_checked,
        measured_here.value,
        measured_here.says AS measure_says,
        measured_here.items AS measure_items,
        measured_here.evidence AS measure_evidence,
        tools.says AS tool_says,
        tools.items AS tool_items,
        tools.evidence AS tool_evidence,
        persons.says AS person_says,
        persons.items AS person_items,
        persons.evidence AS person_evidence,
        coalesce(persons.clearance, tools.clearance) AS clearance
    FROM applicable
    JOIN rules USING (rule)
    LEFT JOIN checked USING (subject)
    LEFT JOIN measured_here USING (subject, rule)
    LEFT JOIN (FROM opinions WHERE NOT by_person) AS tools USING (subject, rule)
    LEFT JOIN (FROM opinions WHERE by_person) AS persons USING (subject, rule)
    WHERE NOT applicable.is_left_out
),
-- Without a person's word: charged if either tool or measure says so.
by_machine AS (
    SELECT
        *,
        CASE
            WHEN measure_says = 'charged' AND coalesce(measure_items, 1) >= if(tool_says = 'found', tool_items, 0) THEN 'measure'
            WHEN tool_says = 'found' THEN 'tool'
            WHEN measure_says = 'charged' OR measure_says = 'cleared' THEN 'measure'
            WHEN tool_says IN ('unshown', 'cleared', 'short') THEN 'tool'
            WHEN measure_says = 'blocked' THEN 'measure'
            WHEN tool_says = 'blocked' THEN 'tool'
            WHEN measure_says IS NOT NULL THEN 'measure'
            WHEN tool_says IS NOT NULL THEN 'tool'
            WHEN is_checked AND NOT has_measure THEN 'check_on_record'
            ELSE 'none'
        END AS machine_basis
    FROM gathered
),
machine_said AS (
    SELECT
        *,
        CASE machine_basis
            WHEN 'measure' THEN measure_says
            WHEN 'tool' THEN tool_says
            WHEN 'check_on_record' THEN if(is_bonus, 'unreported', 'unreported_checked')
            ELSE if(is_bonus AND NOT has_measure, 'unreported', 'not_measured')
        END AS machine_says
    FROM by_machine
),
-- A person's word wins, but a report without evidence or below the clause's number proves nothing against a measure.
decided AS (
    SELECT
        *,
        coalesce(
            person_says IN ('found', 'cleared', 'blocked', 'not_measured')
            OR (person_says = 'unshown' AND machine_says NOT IN ('charged', 'found'))
            OR (
                person_says = 'short'
                AND machine_says NOT IN ('charged', 'found')
                AND (machine_basis, machine_says) <> ('measure', 'cleared')
            ),
            false
        ) AS is_persons
    FROM machine_said
),
said AS (
    SELECT
        *,
        if(is_persons, person_says, machine_says) AS says,
        if(is_persons, 'person', machine_basis) AS basis,
        CASE
            WHEN is_persons THEN person_items
            WHEN machine_basis = 'tool' THEN tool_items
            WHEN machine_basis = 'measure' THEN coalesce(measure_items, if(measure_says = 'charged', 1, 0))
            ELSE 0
        END::DOUBLE AS items,
        CASE
            WHEN is_persons THEN person_evidence
            WHEN machine_basis = 'tool' THEN tool_evidence
            WHEN machine_basis = 'measure' THEN measure_evidence
        END AS evidence
    FROM decided
)
SELECT
    subject,
    rule,
    says IN ('charged', 'found') AS is_charged,
    CASE
        WHEN says IN ('charged', 'found') THEN if(is_bonus, 'met', 'breached')
        WHEN says IN ('cleared', 'short', 'unreported_checked') THEN if(is_bonus, 'breached', 'met')
        WHEN says = 'blocked' THEN 'blocked'
        ELSE 'not_measured'
    END::known_state AS state,
    CASE
        WHEN says IN ('charged', 'found', 'short') OR (says = 'cleared' AND basis = 'measure') THEN items
        WHEN says IN ('cleared', 'unreported_checked') THEN 0
    END AS count,
    value,
    CASE
        WHEN says = 'charged' THEN coalesce(nullif(evidence, ''), replace($note_measured, '{value}', printf('%g', value)))
        ELSE nullif(evidence, '')
    END AS evidence,
    basis::known_basis AS basis,
    CASE
        WHEN says = 'unshown' THEN 'no_evidence'
        WHEN says = 'unreported_checked' THEN 'check_on_record'
        WHEN says = 'unreported' THEN 'no_bonus_reported'
    END::fixed_note AS fixed_note,
    CASE
        WHEN says = 'cleared' AND basis <> 'measure'
            THEN replace($note_cleared, '{description}', coalesce(clearance, $note_no_description))
        WHEN says = 'short'
            THEN replace(
                replace(replace($note_short, '{count}', items::BIGINT::VARCHAR), '{unit}', unit), '{limit}', found_at_least::VARCHAR
            )
    END AS note
FROM said;

DROP TABLE opinions;
