package recipe

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
)

// decimal is a JSON number as 0.digits * 10^exponent, with no zero at either end
// of digits; zero has no digits. It compares numbers of any size exactly, and
// without writing out 1e999999999.
type decimal struct {
	negative bool
	digits   string
	exponent int64
}

const farExponent = 1 << 60 // stands for any exponent that is further away

func newDecimal(n json.Number) decimal {
	text, negative := strings.CutPrefix(n.String(), "-")
	mantissa, power := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, power = text[:i], text[i+1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent := int64(len(whole)) - int64(len(whole)+len(fraction)-len(digits))
	if digits = strings.TrimRight(digits, "0"); digits == "" {
		return decimal{}
	}
	if power != "" {
		p, err := strconv.ParseInt(power, 10, 64)
		if err != nil {
			p = farExponent
			if strings.HasPrefix(power, "-") {
				p = -farExponent
			}
		}
		exponent += min(max(p, -farExponent), farExponent)
	}
	return decimal{negative, digits, exponent}
}

// compare is negative if a is less than b, 0 if they are equal.
func (a decimal) compare(b decimal) int {
	sign := func(d decimal) int {
		switch {
		case d.digits == "":
			return 0
		case d.negative:
			return -1
		}
		return 1
	}
	s := sign(a)
	if order := cmp.Compare(s, sign(b)); order != 0 || s == 0 {
		return order
	}
	return s * cmp.Or(cmp.Compare(a.exponent, b.exponent), cmp.Compare(a.digits, b.digits))
}

// whole tells whether there is no fraction.
func (a decimal) whole() bool { return a.exponent >= int64(len(a.digits)) }

// Whole is the integer that a number is exactly, however it is written: 3, 3.0 and 3e2; not ok
// for others, and for those beyond 64 bits.
func Whole(n json.Number) (i int64, ok bool) {
	d := newDecimal(n)
	if !d.whole() {
		return 0, false
	}
	text, ok := d.truncate()
	if !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(text.String(), 10, 64)
	return i, err == nil
}

// truncate cuts off the fraction; false for numbers of over 1000 digits.
func (a decimal) truncate() (json.Number, bool) {
	const most = 1000
	switch {
	case a.digits == "" || a.exponent <= 0:
		return "0", true
	case a.exponent > most:
		return "", false
	}
	whole := a.digits
	if n := int(a.exponent); n < len(whole) {
		whole = whole[:n]
	} else {
		whole += strings.Repeat("0", n-len(whole))
	}
	if a.negative {
		whole = "-" + whole
	}
	return json.Number(whole), true
}
