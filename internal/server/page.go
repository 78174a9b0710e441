package server

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Sizes of pages (contract 0.4).
const (
	defaultPageSize = 100
	maxPageSize     = 1000
	maxPageNumber   = 1 << 31
)

// paging reads page, page_size and order (contract 0.4, 0.5).
func (p *params) paging() store.Paging {
	out := store.Paging{Page: 1, PageSize: defaultPageSize}
	if n, err := strconv.Atoi(last(p.query["page_size"])); err == nil && n > 0 {
		out.PageSize = min(n, maxPageSize)
	}
	switch page := last(p.query["page"]); page {
	case "":
	case "last":
		out.Last = true
	default:
		n, err := strconv.ParseInt(page, 10, 64)
		if err != nil || n < 1 || n > maxPageNumber {
			p.fail(errInvalidPage())
			return out
		}
		out.Page = int(n)
	}
	for _, field := range p.strings("order") {
		name, desc := strings.CutPrefix(field, "-")
		out.Order = append(out.Order, store.Order{Field: name, Desc: desc})
	}
	return out
}

func errInvalidPage() *problem { return problemf(http.StatusNotFound, "Invalid page.") }

// page is one page of a list, with the links to its neighbors. Out of range is a 404.
func page[T any](r *request, p store.Paging, total int, results []T) (*answer, error) {
	pages := store.LastPage(total, p.PageSize)
	number := p.Page
	if p.Last {
		number = pages
	}
	if number > pages {
		return nil, errInvalidPage()
	}
	if results == nil {
		results = []T{}
	}
	out := api.Page[T]{Count: total, Results: results}
	if number < pages {
		out.Next = pageURL(r.Request, number+1)
	}
	if number > 1 {
		out.Previous = pageURL(r.Request, number-1)
	}
	return ok(out), nil
}

// cutPage is the page that p asks for of a list that is here as a whole.
func cutPage[T any](r *request, p store.Paging, all []T) (*answer, error) {
	number := p.Page
	if p.Last {
		number = store.LastPage(len(all), p.PageSize)
	}
	from := min((number-1)*p.PageSize, len(all))
	return page(r, p, len(all), all[from:min(from+p.PageSize, len(all))])
}

// pageURL is the request's URL with another page. Page 1 is the one without a number.
func pageURL(r *http.Request, number int) *string {
	q := r.URL.Query()
	if number == 1 {
		q.Del("page")
	} else {
		q.Set("page", strconv.Itoa(number))
	}
	u := url.URL{RawPath: r.URL.RawPath, Path: r.URL.Path, RawQuery: q.Encode()}
	s := absoluteURL(r, u.String())
	return &s
}
