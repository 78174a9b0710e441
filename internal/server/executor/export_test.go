package executor

import "fmt"

// NewExactly returns an executor with this sandbox, even where there is a stronger one.
func NewExactly(cfg ProcessConfig, sandbox Sandbox) (*Process, error) {
	cfg.Require = Unsandboxed
	p, err := NewProcess(cfg)
	if err != nil {
		return nil, err
	}
	p.sandbox = sandbox
	if err := p.equip(); err != nil {
		return nil, fmt.Errorf("%s: %w", sandbox, err)
	}
	return p, p.try()
}
