-- Points in whole hundredths, so that 0.2 x 5 is exactly 1: lines, then indicators under their caps, then subjects.
-- A breach another clause already stands for costs nothing more (the set's `unless`).
CREATE TEMP TABLE replaced AS
SELECT
    own.subject,
    own.rule,
    string_agg(rules.clause, '、' ORDER BY rules.rule) AS by_clauses
FROM resolved AS own
JOIN replacements ON replacements.rule = own.rule
JOIN resolved AS other ON other.subject = own.subject AND other.rule = replacements.other
JOIN rules ON rules.rule = replacements.other
WHERE own.is_charged AND other.is_charged
GROUP BY own.subject, own.rule;

CREATE TEMP TABLE priced AS
SELECT
    resolved.subject,
    resolved.rule,
    rules.indicator_number,
    rules.part,
    resolved.is_charged,
    CASE
        WHEN rules.part = 'veto' OR NOT resolved.is_charged OR replaced.subject IS NOT NULL THEN 0
        ELSE coalesce(rules.points, class_caps.cap, rules.cap) * if(rules.is_each, round(resolved.count)::BIGINT, 1)
    END AS points,
    coalesce(class_caps.cap, rules.cap) AS cap
FROM resolved
JOIN rules USING (rule)
JOIN judged USING (subject)
LEFT JOIN replaced ON replaced.subject = resolved.subject AND replaced.rule = resolved.rule
LEFT JOIN class_caps ON class_caps.indicator_number = rules.indicator_number AND class_caps.unit_class = judged.unit_class
WHERE rules.part <> 'veto' OR resolved.is_charged;

CREATE TEMP TABLE capped AS
SELECT
    subject,
    indicator_number,
    part,
    sum(points)::BIGINT AS raw,
    any_value(cap) AS cap,
    least(sum(points), any_value(cap))::BIGINT AS points
FROM priced
WHERE part <> 'veto'
GROUP BY subject, indicator_number, part;

CREATE TEMP TABLE vetoed AS
SELECT
    subject,
    string_agg(indicator, ',' ORDER BY indicator_number) AS indicators,
    string_agg(name, '、' ORDER BY indicator_number) AS names
FROM (
    SELECT DISTINCT priced.subject, rules.indicator_number, rules.indicator, rules.indicator_name AS name
    FROM priced
    JOIN rules USING (rule)
    WHERE priced.part = 'veto' AND priced.is_charged
)
GROUP BY subject;

-- Where a subject with points stands before the bonus: (total - left out - deducted) x times / over.
CREATE TEMP TABLE standing AS
WITH deducted AS (
    SELECT subject, sum(points)::BIGINT AS deducted
    FROM capped
    WHERE part = 'deduction'
    GROUP BY subject
),
left_out AS (
    SELECT subject, sum(cap)::BIGINT AS left_out
    FROM (
        SELECT DISTINCT applicable.subject, rules.indicator_number, coalesce(class_caps.cap, rules.cap) AS cap
        FROM applicable
        JOIN rules USING (rule)
        JOIN judged USING (subject)
        LEFT JOIN class_caps ON class_caps.indicator_number = rules.indicator_number AND class_caps.unit_class = judged.unit_class
        WHERE applicable.is_left_out AND rules.part = 'deduction'
    )
    GROUP BY subject
),
exact AS (
    SELECT
        judged.subject,
        vetoed.subject IS NOT NULL AS is_vetoed,
        gates.veto_ceiling,
        deducted.deducted,
        coalesce(class_gates.fail_below, gates.fail_below) AS fail_below,
        coalesce(class_gates.bonus_above, gates.bonus_above) AS bonus_above,
        gates.fail_deducted,
        gates.total,
        greatest(gates.total - coalesce(left_out, 0) - deducted, 0) * if(left_out > 0, $times, 1) AS numerator,
        if(left_out > 0, $over, 1) AS denominator
    FROM deducted
    JOIN judged USING (subject)
    JOIN gates USING (kind)
    LEFT JOIN class_gates ON class_gates.kind = judged.kind AND class_gates.unit_class = judged.unit_class
    LEFT JOIN left_out USING (subject)
    LEFT JOIN vetoed USING (subject)
    WHERE vetoed.subject IS NULL OR gates.veto_ceiling IS NOT NULL
)
SELECT
    subject,
    is_vetoed,
    veto_ceiling,
    deducted,
    fail_below,
    fail_deducted,
    numerator,
    denominator,
    (2 * numerator + denominator) // (2 * denominator) AS base,
    total - base AS lost,
    coalesce(numerator < fail_below * denominator, false) AS is_below,
    coalesce((total * denominator - numerator) >= fail_deducted * denominator, false) AS has_lost_too_much,
    coalesce(numerator > bonus_above * denominator, false) AND NOT is_vetoed AS has_bonus_round
FROM exact;
