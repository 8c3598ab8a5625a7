# frozen_string_literal: true

# Reads the collector's files and then records from standard input; prints what parsing them costs, and parsing and masking.

require 'json'
require 'tmpdir'

ROUNDS = 5

def seconds
  before = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
  yield
  Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - before
end

Dir.mktmpdir do |directory|
  JSON.parse($stdin.gets).each { |name, content| File.binwrite(File.join(directory, name), content) }
  require File.join(directory, 'masker.rb')
  masker = Masking::Masker.load(File.join(directory, 'rules.yaml'))
  lines = $stdin.each_line.map { |line| line.chomp.force_encoding('UTF-8') }
  masked = lines.count { |line| masker.mask(line) != line }
  parsed = Array.new(ROUNDS) { seconds { lines.each { |line| JSON.parse(line) } } }.min
  both = Array.new(ROUNDS) { seconds { lines.each { |line| masker.mask(line) } } }.min
  puts JSON.generate({ parse: parsed, mask: both, masked: masked })
end
