-- What findings say of one clause of one subject: by a person (inspector named) and by tools, each one row.
-- For veto and deduction a breach speaks against the subject and met clears it; for a bonus it is the other way round:
-- only what was reported as met is credited. `says`:
--   found      effective rows (after the latest clearing one, with evidence or description) reach the clause's number
--   unshown    rows without evidence or description: nothing follows from them
--   cleared    nothing but a clearance is left
--   short      rows with evidence, yet fewer than the clause's number
--   blocked, not_measured    nothing else was said
CREATE TEMP TABLE opinions AS
WITH spoken AS (
    SELECT
        judged.subject,
        rules.rule,
        rules.found_at_least,
        trim(coalesce(findings.inspector, '')) <> '' AS by_person,
        findings.state = rules.charging_state AND coalesce(findings.count, 1) > 0 AS charges,
        findings.state = rules.clearing_state AS clears,
        findings.state,
        coalesce(findings.count, 1) AS items,
        concat_ws('；', nullif(trim(findings.description), ''), nullif(trim(findings.evidence), '')) AS said,
        findings.found_at,
        max(findings.found_at) FILTER (findings.state = rules.clearing_state) OVER (
            PARTITION BY judged.subject, rules.rule, trim(coalesce(findings.inspector, '')) <> ''
        ) AS cleared_at
    FROM findings
    JOIN judged USING (subject_id)
    JOIN rules ON findings.clause = rules.clause AND rules.kind = judged.kind
    WHERE findings.found_at BETWEEN $start AND $cutoff
),
effective AS (
    SELECT *, charges AND (cleared_at IS NULL OR found_at > cleared_at) AS counts, said <> '' AS is_shown
    FROM spoken
),
summed AS (
    SELECT
        subject,
        rule,
        by_person,
        any_value(found_at_least) AS found_at_least,
        coalesce(sum(items) FILTER (counts AND is_shown), 0) AS shown,
        coalesce(bool_or(counts AND NOT is_shown), false) AS has_unshown,
        coalesce(bool_or(clears), false) AS has_cleared,
        coalesce(bool_or(state = 'blocked'), false) AS has_blocked,
        coalesce(list(said ORDER BY found_at, said, items) FILTER (counts AND is_shown), []) AS points_said,
        max((found_at, said)) FILTER (clears) AS clearance
    FROM effective
    GROUP BY subject, rule, by_person
)
SELECT
    subject,
    rule,
    by_person,
    CASE
        WHEN shown >= found_at_least THEN 'found'
        WHEN has_unshown THEN 'unshown'
        WHEN has_cleared THEN 'cleared'
        WHEN shown > 0 THEN 'short'
        WHEN has_blocked THEN 'blocked'
        ELSE 'not_measured'
    END AS says,
    shown::BIGINT AS items,
    found_at_least,
    array_to_string(points_said[:20], '；')
    || CASE WHEN len(points_said) > 20 THEN '；等' || len(points_said) || '处' ELSE '' END AS evidence,
    nullif(clearance[2], '') AS clearance
FROM summed;
