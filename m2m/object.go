package m2m

import "encoding/json"

// A Member is one member of a JSON object: an attribute by its short name and
// its value as compact JSON. The value null deletes an attribute.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Null reports whether the member's value is JSON null.
func (m Member) Null() bool { return string(m.Value) == "null" }

// An Object is a JSON object whose members keep their order and whose values
// keep their bytes, so that numbers of any size survive. Names are unique: the
// decoder of m2m/encoding refuses an object in which they are not.
type Object []Member

// Get returns the value of a member, nil if there is none.
func (o Object) Get(name string) json.RawMessage {
	for i := range o {
		if o[i].Name == name {
			return o[i].Value
		}
	}
	return nil
}

// Has reports whether there is a member of that name, null or not.
func (o Object) Has(name string) bool { return o.Get(name) != nil }

// Set replaces a member's value, or appends the member.
func (o *Object) Set(name string, value json.RawMessage) {
	for i := range *o {
		if (*o)[i].Name == name {
			(*o)[i].Value = value
			return
		}
	}
	*o = append(*o, Member{name, value})
}

// Delete removes a member if it is there.
func (o *Object) Delete(name string) {
	for i := range *o {
		if (*o)[i].Name == name {
			*o = append((*o)[:i:i], (*o)[i+1:]...)
			return
		}
	}
}

// String returns the text of a member that is a JSON string; ok is false if
// there is none or it is of another type.
func (o Object) String(name string) (s string, ok bool) {
	v := o.Get(name)
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	if json.Unmarshal(v, &s) != nil {
		return "", false
	}
	return s, true
}

// AppendMembers appends the members without the braces around them, as in
// "a":1,"b":2. A name is written as a JSON string whatever it holds.
func (o Object) AppendMembers(b []byte) []byte {
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(AppendQuote(b, m.Name), ':')
		b = append(b, m.Value...)
	}
	return b
}
