-- Share of failed homepage probes, 0 to 1, over the one window that counts (VW2).
-- $window_days INTEGER = 7: whole calendar days in a row that make a window
-- $min_probes_per_day INTEGER = 20: spaced probes each day of the window needs
-- $timeout_s DOUBLE = 15: seconds at and above which an answer counts as failed
-- $window_choice latest_covered|worst_covered = "latest_covered": the newest covered window, or the one with the largest share
--
-- Spaced probes are the distinct half hours of a day with a probe no firewall answered. A window lies inside the
-- period and ends by the cutoff. Failed = neither ok nor blocked, or at or above the time limit; blocked probes
-- count nowhere. No covered window: blocked if blocked probes would have covered one, else not_measured.
-- Most websites have a covered window in the newest days, so only the others (or all, for the worst) are read
-- further back: a tenth of the work of grouping a quarter's probes by day.
WITH websites AS (
    SELECT subject_id FROM subjects WHERE kind = 'website'
),
newest_days AS (
    SELECT
        subject_id,
        day_number(probed_at) AS day,
        answered_probes(outcome) AS probes,
        failed_probes(outcome, elapsed_s, $timeout_s) AS failures,
        spaced_probes(outcome, probed_at) AS spaced,
        spaced_probes_with_blocked(probed_at) AS spaced_with_blocked
    FROM probes
    WHERE
        probed_at >= midnight(day_number(least($cutoff, $period_end)) - $window_days - 1)
        AND probed_at < midnight(day_number(least($cutoff, $period_end)))
    GROUP BY subject_id, day
),
newest_windows AS (
    SELECT
        subject_id,
        lag(day, $window_days - 1) OVER (PARTITION BY subject_id ORDER BY day) = day - $window_days + 1 AS is_window
    FROM newest_days
    WHERE spaced >= $min_probes_per_day
),
settled AS (
    SELECT DISTINCT subject_id FROM newest_windows WHERE is_window AND $window_choice = 'latest_covered'
),
days AS (
    FROM newest_days
    UNION ALL
    SELECT
        subject_id,
        day_number(probed_at) AS day,
        answered_probes(outcome) AS probes,
        failed_probes(outcome, elapsed_s, $timeout_s) AS failures,
        spaced_probes(outcome, probed_at) AS spaced,
        spaced_probes_with_blocked(probed_at) AS spaced_with_blocked
    FROM probes
    SEMI JOIN (FROM websites ANTI JOIN settled USING (subject_id)) AS unsettled USING (subject_id)
    WHERE probed_at < midnight(day_number(least($cutoff, $period_end)) - $window_days - 1)
    GROUP BY subject_id, day
),
covered AS (
    SELECT
        subject_id,
        day AS last_day,
        lag(day, $window_days - 1) OVER by_day = day - $window_days + 1 AS is_window,
        sum(failures) OVER latest_days / sum(probes) OVER latest_days AS share
    FROM days
    WHERE spaced >= $min_probes_per_day
    WINDOW
        by_day AS (PARTITION BY subject_id ORDER BY day),
        latest_days AS (PARTITION BY subject_id ORDER BY day ROWS BETWEEN $window_days - 1 PRECEDING AND CURRENT ROW)
),
chosen AS (
    SELECT
        subject_id,
        CASE WHEN $window_choice = 'worst_covered' THEN arg_max(last_day, (share, last_day)) ELSE max(last_day) END AS last_day
    FROM covered
    WHERE is_window
    GROUP BY subject_id
),
judged AS (
    SELECT
        subject_id,
        last_day,
        sum(failures) AS failures,
        sum(probes) AS probes,
        list(CASE WHEN failures > 0 THEN numbered_day(day) || '失败' || failures || '次' END ORDER BY day) FILTER (failures > 0) AS bad_days
    FROM chosen
    JOIN days USING (subject_id)
    WHERE day BETWEEN last_day - $window_days + 1 AND last_day
    GROUP BY subject_id, last_day
),
would_be_covered AS (
    SELECT
        subject_id,
        lag(day, $window_days - 1) OVER (PARTITION BY subject_id ORDER BY day) = day - $window_days + 1 AS is_window
    FROM days
    ANTI JOIN chosen USING (subject_id)
    WHERE spaced_with_blocked >= $min_probes_per_day
),
blocked AS (
    SELECT subject_id FROM would_be_covered WHERE is_window GROUP BY subject_id
),
short_of_cover AS (
    SELECT subject_id, sum(probes) AS probes, count(*) FILTER (spaced >= $min_probes_per_day) AS covered_days
    FROM days
    ANTI JOIN chosen USING (subject_id)
    GROUP BY subject_id
)
SELECT
    subject_id,
    failures / probes AS value,
    'measured' AS state,
    numbered_day(last_day - $window_days + 1) || '至' || numbered_day(last_day) || '探测' || probes || '次，失败' || failures || '次'
    || CASE
        WHEN failures > 0 THEN printf('，占%.2f%%：', percentage(failures, probes)) || listed(bad_days)
        ELSE ''
    END AS evidence
FROM judged
SEMI JOIN websites USING (subject_id)
UNION ALL
SELECT
    subject_id,
    NULL,
    CASE WHEN blocked.subject_id IS NULL THEN 'not_measured' ELSE 'blocked' END,
    CASE
        WHEN blocked.subject_id IS NULL
            THEN '没有连续' || $window_days || '天、每天不少于' || $min_probes_per_day || '次的间隔探测（达到次数的共' || covered_days || '天）'
        ELSE '探测被防火墙拦截，未被拦截的探测不足以判定（达到次数的共' || covered_days || '天）'
    END
FROM short_of_cover
SEMI JOIN websites USING (subject_id)
LEFT JOIN blocked USING (subject_id)
