# frozen_string_literal: true

# Masks personal data in a collector by the rules of rules.yaml, as masker.py does: whoever changes one changes both, and
# the tests run both over the same records. A filter of Fluentd calls Masking::Masker.load(path).mask(record).

require 'json'
require 'yaml'
require_relative 'check_digits'

module Masking
  DEEPEST = 64
  TOO_DEEP = '[too deep]'
  DEEPEST_JSON = 900
  ESCAPE = /%[2-7][0-9A-Fa-f]|\\u00[2-7][0-9A-Fa-f]/
  SMALLEST_NUMBER = 10**10
  SUSPECT = /[@0-9%\\]|[^\x00-\x7F]/
  KNOWN_NAMES = 10_000

  # A text as patterns see it, and where each of its characters begins in the original, unless that is the same.
  Reading = Struct.new(:text, :places) do
    def original(place)
      places ? places[place] : place
    end
  end

  class Masker
    def self.load(path)
      new(text_in(YAML.safe_load(File.binread(path).force_encoding('UTF-8'))))
    end

    # Fluentd's Ruby takes every text for bytes, those of a file of YAML too, which are equal to no text.
    def self.text_in(value)
      case value
      when String then value.dup.force_encoding('UTF-8')
      when Array then value.map { |each| text_in(each) }
      when Hash then value.to_h { |key, each| [text_in(key), text_in(each)] }
      else value
      end
    end

    def initialize(rules)
      @field_mask = rules['fields']['mask']
      @names = rules['fields']['names'].to_h { |name| [name, true] }
      @endings = rules['fields']['endings']
      @fold = rules['fold'].flat_map { |plain, characters| characters.chars.map { |each| [each, plain] } }.to_h
      @folded = /[\uFF01-\uFF5E#{@fold.keys.join}]/
      @checks = CheckDigits.new(rules)
      @patterns = rules['patterns'].map { |each| each.merge('expression' => Regexp.new(each['expression'])) }
      @needed = @patterns.filter_map { |each| each['needs'] }
      @plain = /\A(?:#{rules['plain']})\z/
      @least = Regexp.new(rules['least'])
      @any = Regexp.union(@patterns.filter_map { |each| each['expression'] if each['mask'] && !each['needs'] })
      @known_names = {}
    end

    # The value without personal data; the same object where there is none.
    def mask(value, depth = 0)
      case value
      when String then string(value, depth)
      when Float then value.abs >= SMALLEST_NUMBER && value.finite? && value == value.floor ? number(value, value.to_i) : value
      when Integer then number(value, value)
      when Hash then depth >= DEEPEST ? TOO_DEEP : object(value, depth)
      when Array then depth >= DEEPEST ? TOO_DEEP : array(value, depth)
      else value
      end
    end

    def text(text)
      return text if !text.match?(SUSPECT) || text.match?(@plain)

      found = readings(text)
      return text if found.empty?

      parts = []
      place = 0
      found.flat_map { |reading| spans(reading) }.uniq.sort.each do |start, stop, mask|
        parts << text[place...start] << mask if start >= place
        place = [place, stop].max
      end
      place.zero? ? text : parts.join + text[place..]
    end

    private

    def string(text, depth)
      return text(text) unless text.match?(/\A[ \t\r\n]*[\[{]/)

      nested = JSON.parse(text, max_nesting: DEEPEST_JSON)
      masked = mask(nested, depth)
      masked.equal?(nested) ? text : masked.is_a?(String) ? masked : JSON.generate(masked)
    rescue JSON::NestingError
      TOO_DEEP
    rescue JSON::ParserError
      text(text)
    end

    def number(value, whole)
      return value if whole.abs < SMALLEST_NUMBER

      digits = whole.to_s
      return value if nothing?(digits)

      masked = text(digits)
      masked == digits ? value : masked
    end

    def array(value, depth)
      changed = nil
      value.each_with_index do |each, place|
        masked = mask(each, depth + 1)
        (changed ||= value.dup)[place] = masked unless masked.equal?(each)
      end
      changed || value
    end

    def object(value, depth)
      changed = nil
      value.each_pair do |name, each|
        known = known?(name)
        masked = known ? mask(each, depth + 1) : named(name, each, depth)
        (changed ||= {})[name] = masked unless masked.equal?(each) && known
      end
      changed ? renamed(value, changed) : value
    end

    def renamed(value, changed)
      value.each_with_object({}) do |(name, each), masked|
        masked[free(text(name), masked)] = changed.fetch(name, each)
      end
    end

    # Whether a name says nothing of its value, and nothing of anybody itself; a record has the same ones again and again.
    def known?(name)
      return true if @known_names.key?(name)
      return false if masks_field?(name) || !text(name).equal?(name)

      @known_names[name] = true if @known_names.size < KNOWN_NAMES
      true
    end

    def named(name, value, depth)
      return mask(value, depth + 1) unless masks_field?(name)

      value == @field_mask ? value : @field_mask
    end

    def masks_field?(name)
      plain = name.downcase.gsub(/[^[:alnum:]]/, '')
      @names.key?(plain) || plain.end_with?(*@endings)
    end

    def free(name, taken)
      number = 1
      free = name
      free = "#{name}##{number += 1}" while taken.key?(free)
      free
    end

    # The text as it stands and, where it has such, without its escapes; those alone in which a pattern may find anything.
    def readings(text)
      folded = text.ascii_only? || !text.match?(@folded) ? text : text.gsub(@folded) { |each| plain(each) }
      found = []
      found << Reading.new(folded, nil) unless nothing?(folded)
      return found unless (folded.include?('%') || folded.include?('\\')) && folded.match?(ESCAPE)

      other = unescaped(folded)
      nothing?(other.text) ? found : found << other
    end

    # Whether no pattern with a mask finds anything, told without a look for each of them.
    def nothing?(text)
      return false if @needed.any? { |each| text.include?(each) }

      !text.match?(@least) || !text.match?(@any)
    end

    def plain(character)
      @fold[character] || (character.ord - 0xFEE0).chr
    end

    def unescaped(text)
      plain = +''
      places = []
      place = 0
      while (escape = text.match(ESCAPE, place))
        plain << text[place...escape.begin(0)] << escape[0][-2..].to_i(16).chr
        places.concat((place..escape.begin(0)).to_a)
        place = escape.end(0)
      end
      Reading.new(plain + text[place..], places + (place..text.length).to_a)
    end

    def spans(reading)
      taken = []
      @patterns.flat_map do |pattern|
        matches(pattern, reading.text).filter_map do |start, stop|
          next if taken.any? { |first, last| stop > first && last > start }

          taken << [start, stop]
          [reading.original(start), reading.original(stop), pattern['mask']] if pattern['mask']
        end
      end
    end

    def matches(pattern, text)
      found = []
      place = 0
      while (match = text.match(pattern['expression'], place))
        length = pattern['check'] ? @checks.public_send(pattern['check'], match[0]) : match[0].length
        found << [match.begin(0), match.begin(0) + length] if length.positive?
        # What is none as a whole can begin with what is none: 12 before the number of a card.
        place = match.begin(0) + [length, 1].max
      end
      found
    end
  end
end
