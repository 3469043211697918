-- Number of valid 我为政府网站找错 messages of the look-back time not answered within so many working days (D4.4b).
-- $lookback_months INTEGER = 6: calendar months before the cutoff whose messages count
-- $working_days INTEGER = 3: working days for the answer; the day of receipt does not count
-- $channels VARCHAR[] = ["找错"]: words of which a channel's name must carry one
--
-- The answer is due by the end of the last of these working days. Answered later counts as much as not answered;
-- a message whose time is not yet over at the cutoff does not count. Without any such message: no row.
WITH received AS (
    SELECT
        subject_id,
        message_id,
        received_at,
        replied_at,
        valid,
        due.day + 1 AS due_before
    FROM messages
    SEMI JOIN (SELECT subject_id FROM subjects WHERE kind = 'website') AS websites USING (subject_id)
    JOIN working_days AS received_on ON received_on.day = day_of(received_at)
    JOIN working_days AS due ON due.number = received_on.number + $working_days AND due.is_working
    WHERE shanghai(received_at) >= months_before($cutoff, $lookback_months) AND has_any_word(channel, $channels::VARCHAR[])
),
judged AS (
    SELECT *, valid AND shanghai(coalesce(replied_at, $cutoff)) >= due_before AS is_overdue FROM received
)
SELECT
    subject_id,
    count(*) FILTER (is_overdue) AS value,
    'measured' AS state,
    listed(
        list(
            message_id || '（' || day_of(received_at) || '收到，'
            || CASE WHEN replied_at IS NULL THEN '未答复' ELSE day_of(replied_at) || '答复' END || '）'
            ORDER BY received_at, message_id
        ) FILTER (is_overdue)
    ) AS evidence
FROM judged
GROUP BY subject_id
