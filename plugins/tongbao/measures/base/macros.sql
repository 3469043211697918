-- Words the measures share. Shanghai has kept UTC+8 without summer time since 1991, so plain arithmetic on
-- microseconds gives its days and clock exactly, many times faster than time-zone functions row by row.

-- The instant as Shanghai's wall clock, a TIMESTAMP without zone: calendar months are counted on it.
CREATE MACRO shanghai(instant) AS make_timestamp(epoch_us(instant) + 28800000000);

-- Shanghai's calendar day as a number, and the instant at which a numbered day begins.
CREATE MACRO day_number(instant) AS ((epoch_us(instant) + 28800000000) // 86400000000)::INTEGER;
CREATE MACRO midnight(day) AS make_timestamptz(day * 86400000000 - 28800000000);
CREATE MACRO day_of(instant) AS shanghai(instant)::DATE;
CREATE MACRO numbered_day(day) AS DATE '1970-01-01' + day;

-- Which of the 48 half hours of its day an instant falls into, as a bit.
CREATE MACRO half_hour_bit(instant) AS 1::BIGINT << ((epoch_us(instant) // 1800000000) % 48);

-- Calendar months back from an instant, on Shanghai's clock: 31 August less 6 months is the last of February.
CREATE MACRO months_before(instant, months) AS shanghai(instant) - to_months(months::INTEGER);

-- Whether nothing dated was published in so many days or months before the observation: exactly the limit is
-- still in time, and a publication without a date counts as none.
CREATE MACRO older_than_days(published, observed, days) AS
    published IS NULL OR epoch_us(observed) - epoch_us(published) > days * 86400000000;
CREATE MACRO older_than_months(published, observed, months) AS
    published IS NULL OR shanghai(published) < months_before(observed, months);

CREATE MACRO is_empty(item_count) AS coalesce(item_count = 0, false);
CREATE MACRO has_any_word(text, words) AS len(list_filter(words, lambda word: contains(text, word))) > 0;

-- Evidence as officials read it: the first 20 items, then how many there are in all.
CREATE MACRO listed(items) AS
    array_to_string(items[1:20], '、') || CASE WHEN len(items) > 20 THEN '等' || len(items) || '个' ELSE '' END;
CREATE MACRO dated_section(section, published) AS
    section || '（' || CASE WHEN published IS NULL THEN '无发布时间' ELSE '最近更新' || day_of(published) END || '）';
CREATE MACRO outcome_name(outcome) AS CASE outcome
    WHEN 'timeout' THEN '超时' WHEN 'dns' THEN '域名无法解析' WHEN 'refused' THEN '拒绝连接' WHEN 'reset' THEN '连接中断'
    WHEN 'tls' THEN '证书错误' WHEN 'http_4xx' THEN '页面不存在或无权访问' WHEN 'http_5xx' THEN '服务器错误'
    WHEN 'bad_response' THEN '应答异常' ELSE outcome END;

-- Counts over a group of probes. A failed probe is neither ok nor blocked, or took the time limit or longer; spaced
-- probes are the distinct half hours with a probe that no firewall answered.
CREATE MACRO answered_probes(outcome) AS count(*) FILTER (outcome <> 'blocked');
CREATE MACRO failed_probes(outcome, elapsed_s, timeout_s) AS
    count(*) FILTER (outcome <> 'blocked' AND (outcome <> 'ok' OR elapsed_s >= timeout_s));
CREATE MACRO spaced_probes(outcome, probed_at) AS
    coalesce(bit_count(bit_or(half_hour_bit(probed_at)) FILTER (outcome <> 'blocked')), 0);
CREATE MACRO spaced_probes_with_blocked(probed_at) AS bit_count(bit_or(half_hour_bit(probed_at)));

-- To two decimals, and never up to a whole number that was not reached: 4.998 % beside a limit of 5 % reads 4.99.
CREATE MACRO percentage(part, whole) AS
    CASE
        WHEN part * 100 % whole != 0 AND round(part * 10000 / whole) % 100 = 0 THEN floor(part * 10000 / whole)
        ELSE round(part * 10000 / whole)
    END / 100;
