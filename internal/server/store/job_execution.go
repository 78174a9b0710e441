package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// JobExecution is try exeNum of a job.
func (q Q) JobExecution(ctx context.Context, jobID int64, exeNum int) (JobExecution, error) {
	var row JobExecution
	s := q.selects(&row).Where("je.job_id = ? AND je.exe_num = ?", jobID, exeNum)
	return one(ctx, s, &row, "execution %d of job %d", exeNum, jobID)
}

// JobExecutionByID is the execution with that id, whatever its job.
func (q Q) JobExecutionByID(ctx context.Context, id int64) (JobExecution, error) {
	return byID[JobExecution](ctx, q, id, "job execution")
}

// JobExecutions is a page of a job's executions with one of the statuses (none: any),
// newest first, and how many there are.
func (q Q) JobExecutions(ctx context.Context, jobID int64, statuses []string, p Paging) ([]JobExecution, int, error) {
	var rows []JobExecution
	s := whereIn(q.selects(&rows).Where("je.job_id = ?", jobID), "je.status", statuses)
	return lists(ctx, q, s, &rows, p, []Order{{Field: "exe_num", Desc: true}}, nil)
}

// now is the clock that leases are measured by: the database's on PostgreSQL, which
// several machines share (and not the transaction's start), else the local one.
func (q Q) now() schema.QueryAppender {
	if q.dialect == Postgres {
		return bun.Safe("clock_timestamp()")
	}
	return Now()
}

// after is now plus d.
func (q Q) after(d time.Duration) schema.QueryAppender {
	if q.dialect == Postgres {
		return bun.SafeQuery("clock_timestamp() + ? * interval '1 microsecond'", d.Microseconds())
	}
	return At(time.Now().Add(d))
}

// NoteWorker notes that a worker is there, for so long, and forgets those that are not.
func (q Q) NoteWorker(ctx context.Context, w Worker, life time.Duration) error {
	_, err := q.exec(ctx, "INSERT INTO workers (id, hostname, slots, started, expires) VALUES (?, ?, ?, ?, ?) "+
		"ON CONFLICT (id) DO UPDATE SET expires = excluded.expires", w.ID, w.Hostname, w.Slots, q.now(), q.after(life))
	if err == nil {
		_, err = q.exec(ctx, "DELETE FROM workers WHERE expires < ?", q.now())
	}
	if err != nil {
		return fmt.Errorf("noting worker %s: %w", w.ID, err)
	}
	return nil
}

// ForgetWorker notes that a worker is not there any more.
func (q Q) ForgetWorker(ctx context.Context, id string) error {
	if _, err := q.exec(ctx, "DELETE FROM workers WHERE id = ?", id); err != nil {
		return fmt.Errorf("forgetting worker %s: %w", id, err)
	}
	return nil
}

// Workers is those that are there, by their host names.
func (q Q) Workers(ctx context.Context) ([]Worker, error) {
	var rows []Worker
	return all(ctx, q, q.selects(&rows).Where("wk.expires >= ?", q.now()).OrderExpr("wk.hostname, wk.id"), &rows)
}

// ClaimExecution makes a QUEUED execution the RUNNING one of a worker, who has to call
// Heartbeat before the lease ends. False: it is not QUEUED, or is not there.
func (q Q) ClaimExecution(ctx context.Context, jobID int64, exeNum int, workerID, hostname string,
	lease time.Duration) (bool, error) {
	n, err := q.exec(ctx, `UPDATE job_executions SET status = 'RUNNING', worker_id = ?, hostname = ?, started = ?,
		lease_expires = ?, parked = FALSE WHERE job_id = ? AND exe_num = ? AND status = 'QUEUED'`,
		workerID, hostname, q.now(), q.after(lease), jobID, exeNum)
	if err != nil {
		return false, fmt.Errorf("claiming execution %d of job %d: %w", exeNum, jobID, err)
	}
	return n == 1, nil
}

// TakeOverExecution makes a RUNNING execution that of another worker of its machine. False: it
// is not RUNNING under exe.WorkerID any more.
func (q Q) TakeOverExecution(ctx context.Context, exe JobExecution, workerID, hostname string, lease time.Duration) (bool, error) {
	n, err := q.exec(ctx, `UPDATE job_executions SET worker_id = ?, hostname = ?, lease_expires = ?
		WHERE id = ? AND status = 'RUNNING' AND worker_id = ?`, workerID, hostname, q.after(lease), exe.ID, exe.WorkerID)
	if err != nil {
		return false, fmt.Errorf("taking over job execution %d: %w", exe.ID, err)
	}
	return n == 1, nil
}

// Heartbeat extends the worker's lease. alive is false once the execution is no longer
// its own: the result would be refused, so it should stop. cancelRequested is what
// RequestCancel asked for.
func (q Q) Heartbeat(ctx context.Context, exeID int64, workerID string, lease time.Duration) (alive,
	cancelRequested bool, err error) {
	query := q.bun.QueryGen().FormatQuery(`UPDATE job_executions SET lease_expires = ? WHERE id = ? AND worker_id = ?
		AND status = 'RUNNING' RETURNING cancel_requested`, q.after(lease), exeID, workerID)
	rows, err := q.write.QueryContext(ctx, query)
	if err != nil {
		return false, false, fmt.Errorf("extending the lease of job execution %d: %w", exeID, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if rows.Next() {
		alive = true
		if err := rows.Scan(&cancelRequested); err != nil {
			return false, false, fmt.Errorf("extending the lease of job execution %d: %w", exeID, err)
		}
	}
	if err := rows.Err(); err != nil {
		return false, false, fmt.Errorf("extending the lease of job execution %d: %w", exeID, err)
	}
	return alive, cancelRequested, nil
}

// FinishExecution stores how an execution ended: Status (not RUNNING), ExitCode, Output,
// the error, the image and Ended (nil: now). It is the fence: false means that the execution with
// this ID and ExeNum is not RUNNING under exe.WorkerID any more, and nothing has changed.
func (q Q) FinishExecution(ctx context.Context, exe JobExecution) (bool, error) {
	if exe.Status == "RUNNING" || exe.Status == "QUEUED" || exe.Status == "" {
		return false, fmt.Errorf("finishing job execution %d: its status %q is not an end", exe.ID, exe.Status)
	}
	ended := q.now()
	if exe.Ended != nil {
		ended = *exe.Ended
	}
	n, err := q.exec(ctx, `UPDATE job_executions SET status = ?, exit_code = ?, output = ?, error_name = ?, error_title = ?,
		error_description = ?, error_category = ?, image = ?, image_digest = ?, ended = ?, lease_expires = NULL
		WHERE id = ? AND exe_num = ? AND status = 'RUNNING' AND worker_id = ?`,
		exe.Status, exe.ExitCode, exe.Output, exe.ErrorName, exe.ErrorTitle, exe.ErrorDescription, exe.ErrorCategory, exe.Image, exe.ImageDigest, ended,
		exe.ID, exe.ExeNum, exe.WorkerID)
	if err != nil {
		return false, fmt.Errorf("finishing job execution %d: %w", exe.ID, err)
	}
	return n == 1, nil
}

// ExpiredExecutions is up to limit RUNNING executions whose lease has ended, longest ago
// first, without those beside which it is asked. In a transaction on PostgreSQL they stay locked, and those that another reaper
// has locked are left out.
func (q Q) ExpiredExecutions(ctx context.Context, limit int, beside ...int64) ([]JobExecution, error) {
	var rows []JobExecution
	s := q.selects(&rows).Where("je.status = 'RUNNING' AND je.lease_expires < ?", q.now()).
		OrderExpr("je.lease_expires, je.id").Limit(int64(limit))
	s = whereNotIn(s, "je.id", beside)
	if q.dialect == Postgres {
		s = s.For("UPDATE SKIP LOCKED")
	}
	return all(ctx, q, s, &rows)
}

// RequestCancel asks whoever runs, or will run, the job's executions to stop.
// CanceledExecutions and Heartbeat tell.
func (q Q) RequestCancel(ctx context.Context, jobID int64) error {
	_, err := q.exec(ctx, `UPDATE job_executions SET cancel_requested = TRUE
		WHERE job_id = ? AND status IN ('QUEUED', 'RUNNING')`, jobID)
	if err != nil {
		return fmt.Errorf("asking to cancel job %d: %w", jobID, err)
	}
	return nil
}

// CanceledExecutions is the ids of the worker's RUNNING executions that are to stop.
func (q Q) CanceledExecutions(ctx context.Context, workerID string) ([]int64, error) {
	var ids []int64
	err := q.selects((*JobExecution)(nil)).ColumnExpr("je.id").OrderExpr("je.id").
		Where("je.status = 'RUNNING' AND je.worker_id = ? AND je.cancel_requested", workerID).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("reading the executions of %s that are to stop: %w", workerID, err)
	}
	return ids, nil
}

// HasRunningExecution tells whether an execution of the job is RUNNING: its latest, or one
// before that which is to stop.
func (q Q) HasRunningExecution(ctx context.Context, jobID int64) (bool, error) {
	var n int
	if err := q.scan(ctx, &n, "SELECT count(*) FROM job_executions WHERE job_id = ? AND status = 'RUNNING'", jobID); err != nil {
		return false, fmt.Errorf("looking for running executions of job %d: %w", jobID, err)
	}
	return n > 0, nil
}

// CountRunning is how many executions of a job type's jobs are RUNNING.
func (q Q) CountRunning(ctx context.Context, jobTypeID int64) (int, error) {
	var n int
	err := q.scan(ctx, &n, `SELECT count(*) FROM job_executions je JOIN jobs j ON j.id = je.job_id
		WHERE j.job_type_id = ? AND je.status = 'RUNNING'`, jobTypeID)
	if err != nil {
		return 0, fmt.Errorf("counting the running jobs of job type %d: %w", jobTypeID, err)
	}
	return n, nil
}

// ParkExecution notes that nobody delivers a QUEUED execution until UnparkExecutions.
func (q Q) ParkExecution(ctx context.Context, jobID int64, exeNum int) error {
	_, err := q.exec(ctx, "UPDATE job_executions SET parked = TRUE WHERE job_id = ? AND exe_num = ? AND status = 'QUEUED'", jobID, exeNum)
	if err != nil {
		return fmt.Errorf("parking execution %d of job %d: %w", exeNum, jobID, err)
	}
	return nil
}

// ParkedJobTypes is the job types with parked executions that are not paused.
func (q Q) ParkedJobTypes(ctx context.Context) ([]JobType, error) {
	var rows []JobType
	s := q.selects(&rows).Where(`NOT jt.is_paused AND jt.id IN (SELECT j.job_type_id FROM job_executions je
		JOIN jobs j ON j.id = je.job_id WHERE je.parked AND je.status = 'QUEUED')`).OrderExpr("jt.id")
	return all(ctx, q, s, &rows)
}

// UnparkExecutions ends the waiting of up to limit executions of a job type, the most urgent
// first, then the oldest, and returns their jobs. They have to be delivered.
func (q Q) UnparkExecutions(ctx context.Context, jobTypeID int64, limit int) ([]Job, error) {
	var rows []Job
	s := q.selects(&rows).Join("JOIN job_executions AS je ON je.job_id = j.id AND je.exe_num = j.num_exes").
		Where("je.parked AND je.status = 'QUEUED' AND j.job_type_id = ?", jobTypeID).OrderExpr("j.priority, je.id").Limit(int64(limit))
	if _, err := all(ctx, q, s, &rows); err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	if _, err := q.exec(ctx, "UPDATE job_executions SET parked = FALSE WHERE parked AND job_id IN (?)", bun.List(ids)); err != nil {
		return nil, fmt.Errorf("unparking %d executions of job type %d: %w", len(ids), jobTypeID, err)
	}
	return rows, nil
}

// CountDelivered is how many executions of a job type's jobs are QUEUED and not parked.
func (q Q) CountDelivered(ctx context.Context, jobTypeID int64) (int, error) {
	var n int
	err := q.scan(ctx, &n, `SELECT count(*) FROM jobs j JOIN job_executions je ON je.job_id = j.id AND je.exe_num = j.num_exes
		WHERE j.job_type_id = ? AND j.status = 'QUEUED' AND je.status = 'QUEUED' AND NOT je.parked`, jobTypeID)
	if err != nil {
		return 0, fmt.Errorf("counting the delivered jobs of job type %d: %w", jobTypeID, err)
	}
	return n, nil
}

// riverTime is how River writes times on SQLite.
const riverTime = "2006-01-02 15:04:05.000"

// RescueDeliveries makes River deliver again what was fetched before that time and neither
// ended nor given back: whoever did so has died. It returns how many there were.
func (q Q) RescueDeliveries(ctx context.Context, kind string, before Time) (int64, error) {
	var at any = before
	if q.dialect == SQLite {
		at = before.Format(riverTime)
	}
	const stuck = "state = 'running' AND kind = ? AND attempted_at < ?"
	var n int64
	err := q.scan(ctx, &n, "SELECT count(*) FROM river_job WHERE "+stuck, kind, at)
	if err == nil && n > 0 {
		n, err = q.exec(ctx, "UPDATE river_job SET state = 'available' WHERE "+stuck, kind, at)
	}
	if err != nil {
		return 0, fmt.Errorf("looking for deliveries that were fetched and not taken: %w", err)
	}
	return n, nil
}

// Heartbeat is Q's, over connections of its own on PostgreSQL: transactions that wait for locks
// may have all others. A lock on the execution itself is waited for a short time only, so that
// it does not keep other heartbeats waiting.
func (s *Store) Heartbeat(ctx context.Context, exeID int64, workerID string, lease time.Duration) (alive, cancelRequested bool, err error) {
	q := s.Q
	if s.beats != nil {
		q.write = guarded{unprepared{s.beats}, s}
	}
	return q.Heartbeat(ctx, exeID, workerID, lease)
}

// AppendLog adds chunks of output. A chunk that is there already stays as it is, so a
// worker may repeat what it does not know to have arrived.
func (q Q) AppendLog(ctx context.Context, chunks []LogChunk) error {
	if len(chunks) == 0 {
		return nil
	}
	if _, err := q.bun.NewInsert().Conn(q.write).Model(&chunks).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("appending to the log of job execution %d: %w", chunks[0].JobExeID, err)
	}
	return nil
}

// Log is the chunks of an execution's streams (none: all of them) with a Seq above
// afterSeq, in their order. The first Seq is up to the writer; -1 asks for all of them.
func (q Q) Log(ctx context.Context, exeID int64, afterSeq int, streams []string) ([]LogChunk, error) {
	var rows []LogChunk
	s := q.selects(&rows).Where("jel.job_exe_id = ? AND jel.seq > ?", exeID, afterSeq).OrderExpr("jel.seq")
	return all(ctx, q, whereIn(s, "jel.stream", streams), &rows)
}

// LogEnd is the last chunks of an execution's output, at most that many, in their order.
func (q Q) LogEnd(ctx context.Context, exeID int64, chunks int) ([]LogChunk, error) {
	var rows []LogChunk
	rows, err := all(ctx, q, q.selects(&rows).Where("jel.job_exe_id = ?", exeID).OrderExpr("jel.seq DESC").Limit(int64(chunks)), &rows)
	slices.Reverse(rows)
	return rows, err
}

// LogLength is how many bytes each stream of an execution's log has, and its last Seq.
func (q Q) LogLength(ctx context.Context, exeID int64) (bytes map[string]int64, lastSeq int, err error) {
	var rows []struct {
		Stream string
		Bytes  int64
		Last   int
	}
	err = q.selects((*LogChunk)(nil)).ColumnExpr("jel.stream AS stream, sum(length(jel.text)) AS bytes, max(jel.seq) AS last").
		Where("jel.job_exe_id = ?", exeID).GroupExpr("jel.stream").Scan(ctx, &rows)
	if err != nil {
		return nil, 0, fmt.Errorf("measuring the log of job execution %d: %w", exeID, err)
	}
	bytes = map[string]int64{}
	for _, r := range rows {
		bytes[r.Stream] = r.Bytes
		lastSeq = max(lastSeq, r.Last)
	}
	return bytes, lastSeq, nil
}
