package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
	oteltrace "go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Scope is the instrumentation scope of all spans.
const Scope = "github.com/recipe-galley/terraform-provider-galley"

// Config says where traces go.
type Config struct {
	Endpoint string // URL of the collector, as of OTEL_EXPORTER_OTLP_ENDPOINT: OTLP over HTTP below it at v1/traces; "": nowhere
	Service  string // service.name, unless OTEL_SERVICE_NAME has another
	Version  string
	Logger   *slog.Logger
}

// Tracing makes spans. The zero value makes none, and costs nothing.
type Tracing struct{ provider *trace.TracerProvider }

// New begins to collect. Headers, the CA, sampling and the like are those of the standard variables
// (OTEL_EXPORTER_OTLP_HEADERS, OTEL_EXPORTER_OTLP_CERTIFICATE, OTEL_TRACES_SAMPLER, …). A collector that is away loses
// spans and is no fault of the server's: it is logged.
func New(ctx context.Context, cfg Config) (*Tracing, error) {
	if cfg.Endpoint == "" {
		return &Tracing{}, nil
	}
	u, err := url.Parse(cfg.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("bad --otlp-endpoint: found %q, expected the URL of a collector that takes OTLP over HTTP, such as http://localhost:4318", cfg.Endpoint)
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.JoinPath("v1", "traces").String()))
	if err != nil {
		return nil, fmt.Errorf("preparing traces: %w", err)
	}
	of, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName(cfg.Service), semconv.ServiceVersion(cfg.Version)),
		resource.WithHost(), resource.WithProcessPID(), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("preparing traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { cfg.Logger.Warn("sending traces", slog.Any("error", err)) }))
	return &Tracing{trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(of))}, nil
}

// Stop sends what is left, as long as ctx lasts.
func (t *Tracing) Stop(ctx context.Context) error {
	if t == nil || t.provider == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Tracer makes spans, or does nothing.
func (t *Tracing) Tracer() oteltrace.Tracer {
	if t == nil || t.provider == nil {
		return noop.Tracer{}
	}
	return t.provider.Tracer(Scope)
}

// Handler makes a span of each request, named by method and route; it continues the trace of a client that
// sends one (W3C traceparent). What others ask for again and again, to see whether the server lives, is left out.
func (t *Tracing) Handler(next http.Handler) http.Handler {
	if t == nil || t.provider == nil {
		return next
	}
	return otelhttp.NewHandler(next, "request", otelhttp.WithTracerProvider(t.provider), otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithFilter(func(r *http.Request) bool { return r.URL.Path != "/healthz" && r.URL.Path != "/readyz" }),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string {
			return strings.TrimSpace(r.Method + " " + strings.TrimSuffix(r.Pattern, "{$}"))
		}))
}

// Child begins a span within the one of ctx; without one it does nothing.
func Child(ctx context.Context, name string, attributes ...attribute.KeyValue) (context.Context, func(error)) {
	parent := oteltrace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, func(error) {}
	}
	ctx, span := parent.TracerProvider().Tracer(Scope).Start(ctx, name, oteltrace.WithAttributes(attributes...))
	return ctx, func(err error) { End(span, err) }
}

// End ends a span, which has failed if there is an error. What the error says is for the log: it may name files, inputs or settings.
func End(span oteltrace.Span, err error) {
	if err != nil {
		Fail(span, "")
	}
	span.End()
}

// Fail marks a span as failed, and says why: by a name, not by a text.
func Fail(span oteltrace.Span, why string) { span.SetStatus(codes.Error, why) }
