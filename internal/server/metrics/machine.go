package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

// machine is the disks of this server.
type machine struct {
	folders    []string
	free, size *prometheus.Desc
}

func newMachine(cfg Config) *machine {
	return &machine{
		folders: cfg.Folders,
		free:    prometheus.NewDesc(namespace+"_disk_free_bytes", "Bytes that galleyd may still write on the file system of a folder.", []string{"folder"}, nil),
		size:    prometheus.NewDesc(namespace+"_disk_size_bytes", "Bytes of the file system of a folder.", []string{"folder"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (m *machine) Describe(ch chan<- *prometheus.Desc) { ch <- m.free; ch <- m.size }

// Collect implements prometheus.Collector. A folder that cannot be measured is left out.
func (m *machine) Collect(ch chan<- prometheus.Metric) {
	for _, folder := range m.folders {
		if free, size, err := DiskOf(folder); err == nil {
			ch <- prometheus.MustNewConstMetric(m.free, prometheus.GaugeValue, free, folder)
			ch <- prometheus.MustNewConstMetric(m.size, prometheus.GaugeValue, size, folder)
		}
	}
}
