-- One row a subject in operation. Under a veto nothing else is scored, unless the set keeps points below a ceiling.
CREATE TEMP VIEW kept AS
SELECT resolved.*, rules.part
FROM resolved
JOIN rules USING (rule)
LEFT JOIN standing USING (subject)
WHERE
    rules.part = 'veto'
    OR (rules.part = 'deduction' AND standing.subject IS NOT NULL)
    OR (rules.part = 'bonus' AND standing.has_bonus_round);

CREATE TEMP TABLE verdicts AS
WITH bonus AS (
    SELECT subject, sum(points)::BIGINT AS bonus FROM capped WHERE part = 'bonus' GROUP BY subject
),
states AS (
    SELECT
        subject,
        count(*) FILTER (state = 'breached') AS breached,
        count(*) FILTER (state = 'not_measured') AS not_measured,
        count(*) FILTER (state = 'blocked') AS blocked
    FROM kept
    WHERE part <> 'bonus'
    GROUP BY subject
),
drawn_up AS (
    SELECT
        judged.subject,
        judged.subject_id,
        judged.is_drawn,
        judged.is_seen,
        judged.is_drawn AND judged.is_observed AS is_inspected,
        vetoed.indicators AS vetoes,
        vetoed.names AS veto_names,
        standing.is_below,
        standing.has_lost_too_much,
        standing.fail_below,
        standing.fail_deducted,
        standing.deducted,
        standing.lost,
        standing.base,
        CASE WHEN standing.subject IS NOT NULL THEN if(standing.has_bonus_round, coalesce(bonus.bonus, 0), 0) END AS bonus,
        if(
            standing.is_vetoed,
            least(standing.base, standing.veto_ceiling),
            standing.base + if(standing.has_bonus_round, coalesce(bonus.bonus, 0), 0)
        ) AS score,
        if(standing.denominator > 1, $times || '/' || $over, '1') AS scale,
        standing.subject IS NOT NULL AS is_scored,
        coalesce(states.breached, 0) AS breached,
        coalesce(states.not_measured, 0) AS not_measured,
        coalesce(states.blocked, 0) AS blocked
    FROM judged
    LEFT JOIN vetoed ON judged.subject = vetoed.subject
    LEFT JOIN standing ON judged.subject = standing.subject AND judged.is_drawn AND judged.is_observed
    LEFT JOIN bonus ON judged.subject = bonus.subject
    LEFT JOIN states ON judged.subject = states.subject
),
decided AS (
    SELECT
        *,
        CASE
            WHEN NOT is_inspected THEN 'not_inspected'
            WHEN vetoes IS NOT NULL OR is_below OR has_lost_too_much THEN 'unqualified'
            ELSE 'qualified'
        END AS verdict
    FROM drawn_up
),
-- With a score the highest grade reached; without one the first grade listed for the verdict.
graded AS (
    SELECT
        decided.subject,
        if(
            any_value(decided.is_scored),
            coalesce(
                arg_max(grades.name, (grades.at_least, -grades.place)) FILTER (grades.at_least <= decided.score),
                arg_min(grades.name, (grades.at_least, grades.place))
            ),
            arg_min(grades.name, grades.place)
        ) AS grade
    FROM decided
    JOIN grades USING (verdict)
    GROUP BY decided.subject
)
SELECT
    decided.subject,
    decided.subject_id,
    decided.verdict,
    CASE
        WHEN NOT is_drawn THEN $reason_not_drawn
        WHEN NOT is_inspected THEN if(is_seen, $reason_nothing_usable, $reason_not_observed)
        WHEN vetoes IS NOT NULL THEN replace($reason_veto, '{indicators}', veto_names)
        WHEN is_below THEN replace(replace($reason_below, '{score}', plain(base)), '{limit}', plain(fail_below))
        WHEN has_lost_too_much THEN replace(replace($reason_deducted, '{deducted}', plain(lost)), '{limit}', plain(fail_deducted))
        WHEN is_scored THEN replace($reason_passed_with_score, '{score}', plain(score))
        ELSE $reason_passed
    END AS reason,
    coalesce(vetoes, '') AS vetoes,
    deducted / 100 AS deducted,
    base / 100 AS base,
    bonus / 100 AS bonus,
    score / 100 AS score,
    scale,
    grade,
    breached,
    not_measured,
    blocked
FROM decided
LEFT JOIN graded USING (subject);
